//! Charts as inline SVG: a ring, stacked bars, lines. Owns their geometry, in whole tenths so that every machine draws the
//! same; colours are classes of the style sheet, and each value also stands there as text.

use super::page::Page;
use super::{AgeGroup, Forecast};
use crate::history::weeks::Week;

/// Classes of the states, in the order of [`AgeGroup::states`].
const STATES: [&str; 5] = ["s0", "s1", "s2", "s3", "s4"];

/// A point of an SVG, given in tenths.
fn tenths(page: &mut Page, value: i64) {
    page.number(value / 10).raw(".").number((value % 10).abs());
}

fn small(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX / 100_000)
}

/// A ring that is filled as far as the score goes.
pub(super) fn ring(page: &mut Page, value: u32) {
    page.raw("<svg class=\"ring\" viewBox=\"0 0 120 120\" role=\"img\" aria-label=\"score ").number(value);
    page.raw(" of 100\"><circle class=\"track\" cx=\"60\" cy=\"60\" r=\"51\" pathLength=\"100\"/>");
    page.raw("<circle class=\"fill ").raw(grade(value).0).raw("\" cx=\"60\" cy=\"60\" r=\"51\" pathLength=\"100\" ");
    page.raw("stroke-dasharray=\"").number(value).raw(" 100\" transform=\"rotate(-90 60 60)\"/>");
    page.raw("<text x=\"60\" y=\"66\" class=\"big\">").number(value).raw("</text>");
    page.raw("<text x=\"60\" y=\"86\" class=\"small\">of 100</text></svg>");
}

/// The class and the word for a score.
pub(super) fn grade(value: u32) -> (&'static str, &'static str) {
    match value {
        85.. => ("good", "In good health"),
        65..85 => ("fair", "Some debt"),
        40..65 => ("poor", "Much debt"),
        _ => ("bad", "Mostly debt"),
    }
}

/// Flags by age, a bar for each group, in parts for the states.
pub(super) fn ages(page: &mut Page, groups: &[AgeGroup]) {
    const LEFT: i64 = 1500;
    const WIDTH: i64 = 5000;
    const ROW: i64 = 340;
    let of = |group: &AgeGroup| group.states().iter().map(|(_, count)| count).sum::<usize>();
    let most = groups.iter().map(of).max().unwrap_or(0).max(1);
    let height = ROW * small(groups.len());
    page.raw("<svg class=\"chart\" viewBox=\"0 0 720 ")
        .number(height / 10)
        .raw("\" role=\"img\" aria-label=\"flags by age\">");
    for (index, group) in (0i64..).zip(groups) {
        let (top, mut x) = (index * ROW, LEFT);
        page.raw("<text class=\"lab\" x=\"140\" y=\"");
        tenths(page, top + 210);
        page.raw("\">").text(group.age).raw("</text>");
        for (class, (name, count)) in STATES.into_iter().zip(group.states()) {
            if count == 0 {
                continue;
            }
            let width = (WIDTH * small(count) / small(most)).max(20);
            page.raw("<g><title>").count(count).raw(" ").raw(name).raw(", ").text(group.age);
            page.raw("</title><rect class=\"").raw(class).raw("\" x=\"");
            tenths(page, x);
            page.raw("\" y=\"");
            tenths(page, top + 40);
            page.raw("\" width=\"");
            tenths(page, width);
            page.raw("\" height=\"24\" rx=\"2\"/>");
            if width > 180 {
                page.raw("<text class=\"in\" x=\"");
                tenths(page, x + width / 2);
                page.raw("\" y=\"");
                tenths(page, top + 205);
                page.raw("\">").count(count).raw("</text>");
            }
            page.raw("</g>");
            x += width + 10;
        }
        page.raw("<text class=\"sum\" x=\"");
        tenths(page, x + 60);
        page.raw("\" y=\"");
        tenths(page, top + 210);
        page.raw("\">").count(of(group)).raw("</text>");
    }
    page.raw("</svg><ul class=\"legend\">");
    for (class, (name, _)) in STATES.into_iter().zip(AgeGroup::default().states()) {
        page.raw("<li><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\"><rect class=\"").raw(class);
        page.raw("\" width=\"12\" height=\"12\" rx=\"2\"/></svg> ").raw(name).raw("</li>");
    }
    page.raw("</ul>");
}

/// A curve of the weeks.
pub(super) struct Curve {
    /// Its class.
    pub(super) class: &'static str,
    /// What it shows.
    pub(super) name: &'static str,
    /// The number of a week.
    pub(super) of: fn(&Week) -> usize,
    /// Whether the ground below it is filled.
    pub(super) area: bool,
}

/// Curves over the weeks, all on one scale, with what is ahead as a dashed line from the last point of the last curve.
pub(super) fn weeks(page: &mut Page, label: &'static str, weeks: &[Week], curves: &[Curve], ahead: Option<&Forecast>) {
    const LEFT: i64 = 500;
    const TOP: i64 = 140;
    const HEIGHT: i64 = 1800;
    let (Some(first), Some(last)) = (weeks.first(), weeks.last()) else { return };
    let most = weeks.iter().flat_map(|week| curves.iter().map(|curve| (curve.of)(week))).max().unwrap_or(0).max(1);
    let future = i64::from(ahead.is_some()) * 13;
    let steps = (small(weeks.len()) - 1 + future).max(1);
    let x = |week: i64| LEFT + 6500 * week / steps;
    let y = |count: usize| TOP + HEIGHT - HEIGHT * small(count) / small(most);
    page.raw("<svg class=\"chart\" viewBox=\"0 0 720 220\" role=\"img\" aria-label=\"").raw(label).raw("\">");
    for (at, count) in [(0, 0), (1, most.div_ceil(2)), (2, most)] {
        if at == 1 && most < 2 {
            continue;
        }
        page.raw("<line class=\"grid\" x1=\"50\" x2=\"700\" y1=\"");
        tenths(page, y(count));
        page.raw("\" y2=\"");
        tenths(page, y(count));
        page.raw("\"/><text class=\"lab\" x=\"44\" y=\"");
        tenths(page, y(count) + 40);
        page.raw("\">").count(count).raw("</text>");
    }
    for curve in curves {
        let points = |page: &mut Page| {
            for (week, at) in weeks.iter().zip(0i64..) {
                page.raw(if at == 0 { "M" } else { "L" });
                tenths(page, x(at));
                page.raw(" ");
                tenths(page, y((curve.of)(week)));
            }
        };
        if curve.area {
            page.raw("<path class=\"area ").raw(curve.class).raw("\" d=\"");
            points(page);
            page.raw("L");
            tenths(page, x(small(weeks.len()) - 1));
            page.raw(" ");
            tenths(page, y(0));
            page.raw("L50 ");
            tenths(page, y(0));
            page.raw("Z\"/>");
        }
        page.raw("<path class=\"line ").raw(curve.class).raw("\" d=\"");
        points(page);
        page.raw("\"><title>").raw(curve.name).raw("</title></path>");
    }
    if let (Some(ahead), Some(curve)) = (ahead, curves.last()) {
        let now = small((curve.of)(last)) * 100;
        let then = (now + ahead.slope_hundredths * 13).clamp(0, small(most) * 110);
        page.raw("<path class=\"ahead ").raw(curve.class).raw("\" d=\"M");
        tenths(page, x(small(weeks.len()) - 1));
        page.raw(" ");
        tenths(page, y((curve.of)(last)));
        page.raw("L");
        tenths(page, x(steps));
        page.raw(" ");
        tenths(page, TOP + HEIGHT - HEIGHT * then / (small(most) * 100));
        page.raw("\"><title>the next 13 weeks at this pace</title></path>");
    }
    page.raw("<text class=\"lab start\" x=\"50\" y=\"214\">").text(&first.day).raw("</text><text class=\"lab\" x=\"");
    tenths(page, x(small(weeks.len()) - 1).max(LEFT + 1400));
    page.raw("\" y=\"214\">").text(&last.day).raw("</text></svg><ul class=\"legend\">");
    for curve in curves {
        page.raw("<li><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path class=\"line ").raw(curve.class);
        page.raw("\" d=\"M0 6L12 6\"/></svg> ").raw(curve.name).raw(": ").count((curve.of)(last)).raw("</li>");
    }
    page.raw("</ul>");
}

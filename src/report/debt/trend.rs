//! Where the debt of the last weeks leads: a straight line through them. Owns the arithmetic, in whole numbers so that every
//! machine agrees, and its words.

use jiff::ToSpan;
use jiff::civil::Date;

use super::Forecast;
use crate::history::weeks::Week;

/// Weeks that the line goes through at most: what was done long ago says little about the next weeks.
const WINDOW: usize = 13;
/// A line that takes longer than this to reach the ground says nothing about when.
const FAR: i64 = 520;

/// The forecast; `None` with fewer than four weeks.
pub(super) fn forecast(weeks: &[Week], today: Date) -> Option<Forecast> {
    let last = &weeks[weeks.len().saturating_sub(WINDOW)..];
    if last.len() < 4 {
        return None;
    }
    let n = i64::try_from(last.len()).ok()?;
    let (mut sum_x, mut sum_y, mut sum_xy, mut sum_xx) = (0i64, 0i64, 0i64, 0i64);
    for (x, week) in (0i64..).zip(last) {
        let y = i64::try_from(week.debt.debt).ok()?;
        sum_x += x;
        sum_y += y;
        sum_xy += x * y;
        sum_xx += x * x;
    }
    // Slope = over / under, flags a week.
    let (over, under) = (n * sum_xy - sum_x * sum_y, n * sum_xx - sum_x * sum_x);
    let slope_hundredths = over * 100 / under;
    let now = i64::try_from(last.last()?.debt.debt).ok()?;
    let weeks_left = if over < 0 { Some((now * under + -over - 1) / -over).filter(|left| *left <= FAR) } else { None };
    let clear_on = weeks_left.and_then(|left| today.checked_add(left.weeks()).ok()).map(|day| day.to_string());
    let pace = format!("{}.{:02}", slope_hundredths.abs() / 100, slope_hundredths.abs() % 100);
    let words = match (now, slope_hundredths, &clear_on) {
        (0, ..) => "no debt is left".to_owned(),
        (_, 0, _) => format!("debt has stood still for {} weeks", last.len()),
        (_, 1.., _) => format!("debt grows by {pace} flags a week"),
        (.., Some(day)) => format!("debt shrinks by {pace} flags a week: none would be left on {day}"),
        (.., None) => format!("debt shrinks by {pace} flags a week: it would take more than ten years"),
    };
    Some(Forecast { weeks: last.len(), slope_hundredths, clear_on, words })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::forecast;
    use crate::history::weeks::{Debt, Week};

    fn check(series: &[usize], expected: Option<(&str, Option<&str>)>) {
        let week = |debt: &usize| Week {
            day: "2026-01-01".into(),
            commit: "0".into(),
            debt: Debt { debt: *debt, ..Debt::default() },
        };
        let weeks: Vec<Week> = series.iter().map(week).collect();
        let found = forecast(&weeks, date(2026, 1, 1));
        let found = found.as_ref().map(|found| (found.words.as_str(), found.clear_on.as_deref()));
        assert_eq!(found, expected, "{series:?}");
    }

    #[test]
    fn a_line_goes_through_the_last_weeks() {
        check(&[], None);
        check(&[3, 2, 1], None);
        check(&[0, 0, 0, 0], Some(("no debt is left", None)));
        check(&[7, 7, 7, 7], Some(("debt has stood still for 4 weeks", None)));
        check(&[1, 2, 3, 4], Some(("debt grows by 1.00 flags a week", None)));
        let words = "debt shrinks by 2.00 flags a week: none would be left on 2026-01-15";
        check(&[10, 8, 6, 4], Some((words, Some("2026-01-15"))));
    }
}

"""The mutants that cargo-mutants lists, and a source with all of them behind switches."""

import collections
import json
import re
import subprocess
import sys

from . import AREAS, ROOT


class Mutant:
    """One change that cargo-mutants would make; `key` names it whatever stands around it."""

    def __init__(self, number, entry, key):
        self.number, self.key, self.entry = number, key, {name: entry[name] for name in entry if name != "diff"}
        self.file, self.genre, self.text = entry["file"], entry["genre"], entry["replacement"]
        self.span = entry["span"]
        self.function = (entry.get("function") or {}).get("function_name", "")
        self.place = self.file + " " + self.function
        self.name = re.sub(r"^[^ ]+: ", "", entry["name"])
        self.line = self.span["start"]["line"]
        self.area = next(area for area in AREAS if self.file.startswith(area + "/"))


def list_mutants(areas):
    command = ["cargo", "mutants", "--list", "--json", "--dir", str(ROOT)]
    for area in areas:
        command += ["-f", f"{area}/**"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"cargo mutants does not list: {done.stderr}\ncargo install --locked cargo-mutants")
    counts, mutants = collections.Counter(), []
    for entry in json.loads(done.stdout):
        name = re.sub(r"^[^ ]+: ", "", entry["name"])
        stem = (entry["file"], name)
        counts[stem] += 1
        mutants.append(Mutant(len(mutants), entry, f"{entry['file']}: {name} #{counts[stem]}"))
    return mutants


def on(mutant):
    return f"crate::mutant::on({mutant.number})"


def ranged(numbers, text):
    """The text with comments around it that tell where mutants stand, for errors of rustc."""
    return f"/*<{','.join(map(str, numbers))}*/{text}/*>*/"


class Rewrite:
    """One file with its mutants behind switches."""

    def __init__(self, text, mutants, parser):
        self.source = text.encode()
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line.encode()) + 1)
        self.tree = parser.parse(self.source)
        self.at = collections.defaultdict(list)
        self.unplaced = []
        self.roles = {}
        self.bodies = []
        self.visit(self.tree.root_node)
        for mutant in mutants:
            self.place(mutant)

    def offset(self, position):
        line = position["line"] - 1
        return self.starts[line] + len(self.lines[line][: position["column"] - 1].encode())

    def visit(self, root):
        stack = [root]
        while stack:
            node = stack.pop()
            if node.type in ("binary_expression", "compound_assignment_expr"):
                self.roles["operator", node.child_by_field_name("operator").start_byte] = node
            elif node.type == "unary_expression":
                self.roles["operator", node.start_byte] = node
            elif node.type == "let_chain":
                for child in node.children:
                    if child.type == "&&":
                        self.roles["operator", child.start_byte] = node
            elif node.type == "match_arm":
                pattern = node.child_by_field_name("pattern")
                self.roles["arm", pattern.start_byte] = node
                condition = pattern.child_by_field_name("condition")
                if condition is not None:
                    self.roles["guard", condition.start_byte] = node
            elif node.type in ("field_initializer", "shorthand_field_initializer"):
                self.roles["field", node.start_byte] = node
            elif node.type == "function_item":
                self.bodies.append(node.child_by_field_name("body"))
            stack.extend(node.children)

    def place(self, mutant):
        start, end = self.offset(mutant.span["start"]), self.offset(mutant.span["end"])
        if mutant.genre == "FnValue":
            around = [body for body in self.bodies if body.start_byte <= start and end <= body.end_byte]
            node = min(around, key=lambda body: body.end_byte - body.start_byte, default=None)
        else:
            role = {"MatchArm": "arm", "MatchArmGuard": "guard", "StructField": "field"}.get(mutant.genre, "operator")
            node = self.roles.get((role, start))
        if node is None or node.type == "let_chain":
            self.unplaced.append((mutant, "not viable" if node is not None else "not expressible"))
        else:
            self.at[node.id].append(mutant)
            if mutant.genre == "MatchArm":
                # Values that no arm takes are an error at the whole match.
                self.at[node.parent.parent.id].append(mutant)

    def text(self):
        return self.render(self.tree.root_node)

    def slice(self, start, end):
        return self.source[start:end].decode()

    def render(self, node):
        mutants = self.at.get(node.id)
        if not mutants:
            return self.plain(node)
        form = {
            "binary_expression": self.binary,
            "compound_assignment_expr": self.assignment,
            "unary_expression": self.unary,
            "match_arm": self.arm,
            "field_initializer": self.field,
            "shorthand_field_initializer": self.field,
            "block": self.body,
            "match_expression": lambda node, mutants: self.plain(node),
        }[node.type]
        return ranged([mutant.number for mutant in mutants], form(node, mutants))

    def plain(self, node):
        if not node.children:
            return self.slice(node.start_byte, node.end_byte)
        pieces, at = [], node.start_byte
        for child in node.children:
            pieces += [self.slice(at, child.start_byte), self.render(child)]
            at = child.end_byte
        return "".join(pieces) + self.slice(at, node.end_byte)

    def part(self, node, name):
        return self.render(node.child_by_field_name(name))

    def choice(self, mutants, form, usual):
        """`if on(1) { form(1) } else if ... else { usual }`"""
        cases = [f"if {on(mutant)} {{ {ranged([mutant.number], form(mutant))} }} else " for mutant in mutants]
        return "".join(cases) + f"{{ {usual} }}"

    def binary(self, node, mutants):
        operator = self.plain(node.child_by_field_name("operator"))
        left, right = self.part(node, "left"), self.part(node, "right")
        if operator in ("==", "!=") and all(mutant.text in ("==", "!=") for mutant in mutants):
            switches = " != ".join(on(mutant) for mutant in mutants)
            return f"(({left} {operator} {right}) != {switches})"
        if operator in ("&&", "||"):
            if len(mutants) != 1 or mutants[0].text not in ("&&", "||"):
                raise ValueError(f"{mutants[0].key}: not the other operator of logic")
            go_on = "!=" if operator == "&&" else "=="
            return f"({{ let l: bool = {left}; if l {go_on} {on(mutants[0])} {{ {right} }} else {{ l }} }})"
        by_reference = operator in ("<", ">", "<=", ">=", "==", "!=")
        operands = f"(&({left}), &({right}))" if by_reference else f"({left}, {right})"
        chosen = self.choice(mutants, lambda mutant: f"l {mutant.text} r", f"l {operator} r")
        return f"(match {operands} {{ (l, r) => {chosen} }})"

    def assignment(self, node, mutants):
        operator = self.plain(node.child_by_field_name("operator"))
        left, right = self.part(node, "left"), self.part(node, "right")
        chosen = self.choice(mutants, lambda mutant: f"{left} {mutant.text} r", f"{left} {operator} r")
        return f"(match ({right}) {{ r => {chosen} }})"

    def unary(self, node, mutants):
        operator = self.plain(node.children[0])
        chosen = self.choice(mutants, lambda mutant: "v", f"{operator}v")
        return f"(match {self.render(node.children[1])} {{ v => {chosen} }})"

    def arm(self, node, mutants):
        pattern = node.child_by_field_name("pattern")
        condition = pattern.child_by_field_name("condition")
        gone = [mutant for mutant in mutants if mutant.genre == "MatchArm"]
        guards = [mutant for mutant in mutants if mutant.genre == "MatchArmGuard"]
        text = "" if condition is None else self.render(condition)
        is_chain = condition is not None and condition.type in ("let_chain", "let_condition")
        for mutant in guards:
            text = f"({on(mutant)} || ({text}))" if mutant.text == "true" else f"(!{on(mutant)} && ({text}))"
        conditions = [f"!{on(mutant)}" for mutant in gone] + ([text if is_chain or guards else f"({text})"] if text else [])
        bare = self.slice(node.start_byte, pattern.start_byte)
        head = pattern.children[0]
        for child in pattern.children:
            if child.type == "if":
                break
            head = child
        bare += self.slice(pattern.start_byte, head.end_byte)
        rest, at = [], pattern.end_byte
        for child in node.children:
            if child.start_byte >= pattern.end_byte:
                rest += [self.slice(at, child.start_byte), self.render(child)]
                at = child.end_byte
        return f"{bare} if {' && '.join(conditions)}{''.join(rest)}"

    def field(self, node, mutants):
        fields = node.parent
        base = next(child for child in fields.children if child.type == "base_field_initializer").named_children[0]
        kind = self.plain(fields.parent.child_by_field_name("name"))
        if node.type == "field_initializer":
            name, value = self.plain(node.child_by_field_name("field")), self.part(node, "value")
        else:
            name = value = self.plain(node)
        # A place is not moved as a whole: what stands after `..` takes the other fields.
        is_place = base.type in ("identifier", "self", "field_expression")
        taken = f"{self.plain(base)}.{name}" if is_place else f"let base: {kind} = {self.plain(base)}; base.{name}"
        return f"{name}: " + self.choice(mutants, lambda mutant: taken, value)

    def body(self, node, mutants):
        returns = [f"if {on(mutant)} {{ {ranged([mutant.number], f'return {mutant.text};')} }}" for mutant in mutants]
        text = self.plain(node)
        return "{ " + " ".join(returns) + text[1:]

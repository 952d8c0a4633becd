; Markup: the tag that names a component and holds its attributes. Only grammars with JSX have these nodes.
(jsx_opening_element name: [(identifier) (member_expression)] @element.name) @element
(jsx_self_closing_element name: [(identifier) (member_expression)] @element.name) @element

; The shape of a call, no SDK names; and macro arguments, which the grammar leaves as tokens.
(call_expression function: (_) @call.function arguments: (arguments) @call.arguments) @call
(macro_invocation (token_tree) @macro.arguments)

; Conditions of compilation.
((attribute_item (attribute (identifier) @condition.name arguments: (token_tree) @condition.arguments)) @condition
  (#any-of? @condition.name "cfg" "cfg_attr"))
((inner_attribute_item (attribute (identifier) @condition.name arguments: (token_tree) @condition.arguments)) @condition
  (#eq? @condition.name "cfg"))
((macro_invocation macro: (identifier) @condition.name (token_tree) @condition.arguments) @condition
  (#eq? @condition.name "cfg"))

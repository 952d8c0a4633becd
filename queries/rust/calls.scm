; The shape of a call, no SDK names; and macro arguments, which the grammar leaves as tokens.
(call_expression function: (_) @call.function arguments: (arguments) @call.arguments) @call
(macro_invocation (token_tree) @macro.arguments)

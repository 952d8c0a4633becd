; The shape of a call, no SDK names. Tagged templates have no argument list.
(call_expression function: (_) @call.function arguments: (arguments) @call.arguments) @call

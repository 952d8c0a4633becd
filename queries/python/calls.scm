; The shape of a call, no SDK names. Arguments are not captured by position: a comment or a keyword would be mistaken
; for one; the language file finds them by position and keyword.
(call function: (_) @call.function arguments: (argument_list) @call.arguments) @call

; A member of a mapping by its key.
(subscript value: [(identifier) (attribute)] @subscript.object . subscript: (_) @subscript.key .) @subscript

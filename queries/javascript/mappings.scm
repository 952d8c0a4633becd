; Members that are read from something. Run only on texts that name a mapping of flags, since every member matches.
(member_expression object: (_) @subscript.object property: (property_identifier) @subscript.key) @subscript
(subscript_expression object: (_) @subscript.object index: (_) @subscript.key) @subscript

; Whole statements; the language file reads the names. A declarator is one when its value is a `require`.
(import_statement) @import
(export_statement source: (string)) @import
(variable_declarator value: (call_expression function: (identifier))) @import
(variable_declarator value: (member_expression object: (call_expression function: (identifier)))) @import

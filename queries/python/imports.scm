; Whole statements; the language file reads the names.
(import_statement) @import
(import_from_statement) @import

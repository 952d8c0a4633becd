; Whole declarations; the language file reads the paths.
(use_declaration) @import

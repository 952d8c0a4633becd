; What gives names a meaning: functions, classes, enums, everything that binds a name, and what is returned. A function
; bound to a name is that name's; methods of object literals have none, since nothing reaches them by it.
(function_declaration
  name: (identifier) @scope.name
  parameters: (formal_parameters) @scope.parameters
  return_type: (_)? @scope.type) @scope.function
(generator_function_declaration
  name: (identifier) @scope.name
  parameters: (formal_parameters) @scope.parameters) @scope.function
(variable_declarator
  name: (identifier) @scope.name
  value: [
    (arrow_function parameters: (formal_parameters) @scope.parameters return_type: (_)? @scope.type) @scope.function
    (arrow_function parameter: (identifier) @scope.parameters) @scope.function
    (function_expression parameters: (formal_parameters) @scope.parameters return_type: (_)? @scope.type) @scope.function
  ])
(class_body
  (method_definition
    name: (property_identifier) @scope.name
    parameters: (formal_parameters) @scope.parameters
    return_type: (_)? @scope.type) @scope.function)
(class_body
  (public_field_definition
    name: (property_identifier) @scope.name
    value: (arrow_function parameters: (formal_parameters) @scope.parameters return_type: (_)? @scope.type) @scope.function))
(arrow_function parameters: (formal_parameters) @scope.parameters) @scope.function
(arrow_function parameter: (identifier) @scope.parameters) @scope.function
(function_expression parameters: (formal_parameters) @scope.parameters) @scope.function
(method_definition parameters: (formal_parameters) @scope.parameters) @scope.function

(class_declaration name: (type_identifier) @scope.name (class_heritage)? @scope.bases) @scope.class
(abstract_class_declaration name: (type_identifier) @scope.name (class_heritage)? @scope.bases) @scope.class
(enum_declaration name: (identifier) @scope.name) @scope.class
(internal_module name: (identifier) @scope.name) @scope.module

(variable_declarator name: (_) @binding.name type: (_)? @binding.type value: (_)? @binding.value)
(assignment_expression left: (_) @binding.name right: (_) @binding.value)
(public_field_definition name: (_) @binding.name type: (_)? @binding.type value: (_)? @binding.value)
; A parameter of a constructor that is a member as well.
(required_parameter (accessibility_modifier) pattern: (identifier) @binding.member type: (_)? @binding.type)
(enum_assignment name: (_) @binding.name value: (_) @binding.value)
(enum_body name: (_) @binding.name)
(export_statement !source (export_clause (export_specifier name: (_) @binding.value alias: (_) @binding.name)))
(export_statement "default" @binding.name value: (_) @binding.value)
(export_statement "default" @binding.name declaration: (_ name: (_) @binding.value))

; Bound to something that is not known.
(augmented_assignment_expression left: (_) @binding.name)
(update_expression argument: (_) @binding.name)
(for_in_statement left: (_) @binding.name)
(catch_clause parameter: (_) @binding.name)
(required_parameter pattern: [(object_pattern) (array_pattern)] @binding.name)
(optional_parameter pattern: [(object_pattern) (array_pattern)] @binding.name)

(return_statement) @return

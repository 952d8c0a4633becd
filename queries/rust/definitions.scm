; What gives names a meaning: functions, types with their members, modules, constants and locals, and what is returned.
(function_item
  name: (identifier) @scope.name
  parameters: (parameters) @scope.parameters
  return_type: (_)? @scope.type) @scope.function

(let_declaration
  pattern: (identifier) @scope.name
  value: (closure_expression parameters: (closure_parameters) @scope.parameters) @scope.function)
(closure_expression parameters: (closure_parameters) @scope.parameters) @scope.function

(impl_item type: (_) @scope.name) @scope.class
(trait_item name: (_) @scope.name) @scope.class
(struct_item name: (_) @scope.name) @scope.class
(enum_item name: (_) @scope.name) @scope.class
(mod_item name: (identifier) @scope.name body: (declaration_list)) @scope.module

(const_item name: (identifier) @binding.name type: (_) @binding.type value: (_)? @binding.value)
(static_item name: (identifier) @binding.name type: (_) @binding.type value: (_)? @binding.value)
(let_declaration pattern: (_) @binding.name type: (_)? @binding.type value: (_)? @binding.value)
(field_declaration name: (_) @binding.name type: (_) @binding.type)
(enum_variant name: (identifier) @variant.name) @variant

; Bound to something that is not known.
(for_expression pattern: (_) @binding.name)
(let_condition pattern: (_) @binding.name)
(match_arm pattern: (match_pattern (_) @binding.name))
(assignment_expression left: (identifier) @binding.name)

(return_expression) @return

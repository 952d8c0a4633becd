; What gives names a meaning: functions, classes, assignments, everything else that binds a name, and what is returned.
(function_definition
  name: (identifier) @scope.name
  parameters: (parameters) @scope.parameters
  return_type: (_)? @scope.type) @scope.function

(assignment
  left: (identifier) @scope.name
  right: (lambda parameters: (lambda_parameters)? @scope.parameters) @scope.function)
(lambda parameters: (lambda_parameters)? @scope.parameters) @scope.function

(class_definition
  name: (identifier) @scope.name
  superclasses: (argument_list)? @scope.bases) @scope.class

(assignment left: (_) @binding.name type: (_)? @binding.type right: (_)? @binding.value)
(named_expression name: (_) @binding.name value: (_) @binding.value)
(with_item value: (as_pattern . (_) @binding.value alias: (as_pattern_target (_) @binding.name)))

; Bound to something that is not known.
(augmented_assignment left: (_) @binding.name)
(for_statement left: (_) @binding.name)
(for_in_clause left: (_) @binding.name)
(except_clause (as_pattern alias: (as_pattern_target (identifier) @binding.name)))
(case_pattern (dotted_name . (identifier) @binding.name .))

(global_statement (identifier) @global.name)
(return_statement) @return

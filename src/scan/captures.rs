//! The vocabulary of captures that queries may use. Owns their names.

/// What a query captures a node as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the names that queries use, and `collect` says what becomes of each")]
pub enum Capture {
    BindingMember,
    BindingName,
    BindingType,
    BindingValue,
    Call,
    CallArguments,
    CallFunction,
    Condition,
    ConditionArguments,
    ConditionName,
    Element,
    ElementName,
    GlobalName,
    Import,
    MacroArguments,
    Return,
    ScopeBases,
    ScopeClass,
    ScopeFunction,
    ScopeModule,
    ScopeName,
    ScopeParameters,
    ScopeType,
    Subscript,
    SubscriptKey,
    SubscriptObject,
    Variant,
    VariantName,
}

/// Every capture as queries write it, sorted.
pub const CAPTURES: &[(&str, Capture)] = &[
    ("binding.member", Capture::BindingMember),
    ("binding.name", Capture::BindingName),
    ("binding.type", Capture::BindingType),
    ("binding.value", Capture::BindingValue),
    ("call", Capture::Call),
    ("call.arguments", Capture::CallArguments),
    ("call.function", Capture::CallFunction),
    ("condition", Capture::Condition),
    ("condition.arguments", Capture::ConditionArguments),
    ("condition.name", Capture::ConditionName),
    ("element", Capture::Element),
    ("element.name", Capture::ElementName),
    ("global.name", Capture::GlobalName),
    ("import", Capture::Import),
    ("macro.arguments", Capture::MacroArguments),
    ("return", Capture::Return),
    ("scope.bases", Capture::ScopeBases),
    ("scope.class", Capture::ScopeClass),
    ("scope.function", Capture::ScopeFunction),
    ("scope.module", Capture::ScopeModule),
    ("scope.name", Capture::ScopeName),
    ("scope.parameters", Capture::ScopeParameters),
    ("scope.type", Capture::ScopeType),
    ("subscript", Capture::Subscript),
    ("subscript.key", Capture::SubscriptKey),
    ("subscript.object", Capture::SubscriptObject),
    ("variant", Capture::Variant),
    ("variant.name", Capture::VariantName),
];

impl Capture {
    /// The capture of that name.
    pub fn named(name: &str) -> Option<Self> {
        CAPTURES.iter().find(|(known, _)| *known == name).map(|(_, capture)| *capture)
    }
}

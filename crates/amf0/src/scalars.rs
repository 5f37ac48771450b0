//! What borrowed and owned values have in common.

/// Looks at the values that are the same whether text is borrowed or owned.
macro_rules! scalar_accessors {
    () => {
        /// The number.
        #[must_use]
        pub const fn as_f64(&self) -> Option<f64> {
            match self {
                Self::Number(number) => Some(*number),
                _ => None,
            }
        }

        /// The boolean.
        #[must_use]
        pub const fn as_bool(&self) -> Option<bool> {
            match self {
                Self::Boolean(boolean) => Some(*boolean),
                _ => None,
            }
        }

        /// Null or undefined.
        #[must_use]
        pub const fn is_nullish(&self) -> bool {
            matches!(self, Self::Null | Self::Undefined)
        }
    };
}

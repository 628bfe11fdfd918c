//! Limits of a function, each with its reason. `lower` stays within them, the verifier refuses what does not.

/// Registers of a function: bounds what a definition makes of memory. How many are in use at once is for the machine to say.
pub const REGISTERS_MAX: usize = 1 << 20;

/// Declared parameters of a function: far more than a program has, few enough for an argument area of fixed size.
pub const PARAMS_MAX: usize = 1 << 10;

/// Variables that a lambda captures. Nested lambdas repeat what the inner ones capture, so without a limit a small
/// definition could ask for a lot of code.
pub const CAPTURES_MAX: usize = 1 << 12;

/// Arguments of the function that is called under a prompt: they are moved over the place of the prompt, by way of the native stack.
pub const HANDLE_ARGS_MAX: usize = 4;

/// Blocks inside blocks. Blocks are dropped, cloned and compared natively, on stacks of 2 MiB.
pub const NESTING_MAX: usize = 1_000;

/// Live registers of all resume points of a function together: calls times variables, so quadratic in its size.
pub const LIVE_MAX: usize = 1 << 22;

const _: () = assert!(PARAMS_MAX + CAPTURES_MAX < REGISTERS_MAX, "parameters and captures are registers");

//! Tests of lowering, and with it of the verifier.

mod loops;
mod meaning;
mod mutations;
mod refused;
mod shapes;
mod support;

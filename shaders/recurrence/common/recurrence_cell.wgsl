// What a cell computes at a step for one unit, and the gradient of that: a file of cells/, named by the cell's
// description (src/core/cells.ts). A frame holds four numbers a unit, `gate`; `x` is the share of its input in them
// and `p` that of h' of the step before; `before` is C' of the step before, `c` C' of the current step and `t`
// squashed_state(c). d_h and d_c are the gradients of the raw h and of the raw C.
//   activated(x, p) -> vec4<f32>          gate
//   state_of(gate, before) -> f32         raw C
//   squashed_state(c) -> f32
//   output_of(gate, t) -> f32             raw h
//   output_slope(gate, t) -> f32          d h / d C'
//   gate_gradient(gate, before, t, d_h, d_c) -> vec4<f32>    of x + p
//   state_slope(gate) -> f32              d C / d C' of the step before, except through h'
// A cell has C and h, or h alone (KINDS is 1): then states hold h as plane 0, there is no plane 1, and where the
// kernels say C they mean h. Backward, its gradient of h' comes in two parts: d_h through W_hh, and d_c
// directly from the step after (state_slope); output_slope adds the first to the second.
const KINDS = ${KINDS}u;  // of states that are combined

#include ${CELL}

// The first fields of Uniforms of all recurrence kernels.
  rows: u32,
  frames: u32,
  directions: u32,
  units: u32,
  state_stride: u32,
  first_step: u32,
  step_count: u32,
  period: u32,

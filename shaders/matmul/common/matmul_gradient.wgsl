// Shared by the matmuls for weight gradients: their operands, and which row of a is used for row r.
struct Uniforms {
  rows: u32,       // rows that are summed over
  m: u32,
  n: u32,
  a_stride: u32,
  a_first: u32,
  b_stride: u32,
  b_first: u32,
  slices: u32,
  direction: u32,  // PREVIOUS: 0 forward, 1 backward in time
}
@group(0) @binding(0) var<storage, read> a: array<vec4<${A_REAL}>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<${B_REAL}>>;
#if ${PREVIOUS}
@group(0) @binding(2) var<storage, read> positions: array<vec4<u32>>;  // [rows] (utterance, frame, length, row)
#endif
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> u: Uniforms;

#if ${PREVIOUS}
// Whether row r is the first step of its utterance in this direction: no step comes before it.
fn starts(r: u32) -> bool {
  let place = positions[r];
  return select(place.y == 0u, place.y + 1u == place.z, u.direction == 1u);
}

// The row of the step before, where row r is not the first.
fn row_before(r: u32) -> u32 {
  return select(r - 1u, r + 1u, u.direction == 1u);
}
#endif

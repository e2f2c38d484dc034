// The first bindings of all recurrence kernels.
@group(0) @binding(0) var<storage, read> sequences: array<vec2<u32>>;  // (first frame, length)
@group(0) @binding(1) var<storage, read> weight: array<vec4<${REAL}>>;
#if ${ATTEND}
@group(0) @binding(2) var<storage, read> attention: array<f32>;
#endif
@group(0) @binding(3) var<storage, read_write> gates: array<vec4<${REAL}>>;

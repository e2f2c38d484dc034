// Natural logarithms of the energies of 40 mel bands plus 1e-10 (logmel40): out[t,i] = ln(sum over bins of weight P_k + 1e-10),
// with the power spectrum P_k = |X_k|^2 / 400. A lane a band of a frame.
//   re, im [frames,bins]; bands [count] (first entry, past the last) of entries (bin, weight); out [frames,width], from the
//   column `first` on. Overwrites these columns of out.
struct Uniforms {
  frames: u32,
  bins: u32,
  count: u32,
  entries: u32,
  width: u32,
  first: u32,
}
@group(0) @binding(0) var<storage, read> re: array<f32>;
@group(0) @binding(1) var<storage, read> im: array<f32>;
@group(0) @binding(2) var<storage, read> bands: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> entries: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  if (i >= u.frames * u.count) { return; }
  let t = i / u.count;
  let band = i % u.count;
  var sum = 0.0;
  for (var e = bands[band].x; e < bands[band].y; e++) {
    let at = t * u.bins + u32(entries[e].x);
    let x = vec2(re[at], im[at]);
    sum += entries[e].y * dot(x, x) / 400.0;
  }
  out[t * u.width + u.first + band] = log(sum + 1e-10);
}

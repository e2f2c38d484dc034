// Softmax cross-entropy with class weights w and label smoothing s, as
// in torch.nn.functional.cross_entropy; a row with target -1 does not count:
//   loss_b = (1 - s) w_y (-log p_y) + s / C sum_c w_c (-log p_c)
//   losses[slot] += sum_b loss_b * inverse_norm                         accumulates
//   d_logits[b,c] = loss_scale[0] * gradient_scale * d loss_b / d logit_c   overwrites
//   logits, d_logits [rows,stride]: columns first up to first + columns, those past the classes get 0; targets [rows]; class_weights [classes]; loss_scale [4]: the loss scale.
// One workgroup; rows are added up in a fixed order.
struct Uniforms {
  rows: u32,
  classes: u32,
  stride: u32,           // columns of all heads
  first: u32,            // the head's first of them
  columns: u32,          // the head's
  slot: u32,             // of losses
  slots: u32,
  inverse_norm: f32,     // 1 / sum over the whole batch of w_y
  gradient_scale: f32,   // the task's weight * inverse_norm
  smoothing: f32,
  weight_sum: f32,       // sum_c w_c
}
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read> class_weights: array<f32>;
@group(0) @binding(3) var<storage, read> loss_scale: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_logits: array<f32>;
@group(0) @binding(5) var<storage, read_write> losses: array<f32>;
@group(0) @binding(6) var<uniform> u: Uniforms;

const LANES = 64u;
var<workgroup> part: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) lane: vec3<u32>) {
  var total = 0.0;
  for (var b = lane.x; b < u.rows; b += LANES) {
    let at = b * u.stride + u.first;
    let y = targets[b];
    if (y < 0) {
      for (var c = 0u; c < u.columns; c++) { d_logits[at + c] = 0.0; }
      continue;
    }
    var highest = logits[at];
    for (var c = 1u; c < u.classes; c++) { highest = max(highest, logits[at + c]); }
    var sum = 0.0;
    for (var c = 0u; c < u.classes; c++) { sum += exp(logits[at + c] - highest); }
    let log_sum = highest + log(sum);
    let own = (1.0 - u.smoothing) * class_weights[y];
    let share = u.smoothing / f32(u.classes);
    var loss = own * (log_sum - logits[at + u32(y)]);
    for (var c = 0u; c < u.columns; c++) {
      var g = 0.0;
      if (c < u.classes) {
        let p = exp(logits[at + c] - highest) / sum;
        loss += share * class_weights[c] * (log_sum - logits[at + c]);
        g = (own + share * u.weight_sum) * p - share * class_weights[c] - select(0.0, own, c == u32(y));
      }
      d_logits[at + c] = loss_scale[0] * u.gradient_scale * g;
    }
    total += loss;
  }
  part[lane.x] = total;
  workgroupBarrier();
  if (lane.x == 0u) {
    for (var i = 1u; i < LANES; i++) { total += part[i]; }
    losses[u.slot] += total * u.inverse_norm;
  }
}

import { sha256 } from '../features/digest.js';
import { byCodePoint } from '../core/order.js';
import { writeSafetensors } from '../core/safetensors.js';
import type { TrainedModel } from './folder.js';

/**
 * SHA-256 of all that a model's answers depend on: weights, network, labels, features, normalisation and thresholds; not
 * of its folder, its licence or its origin.
 */
export async function modelDigest(trained: TrainedModel): Promise<string> {
  const { model, labels, featureSet, trimDb = null, normalisation, confidence } = trained;
  const names = Object.keys(trained.parameters).sort(byCodePoint);
  const tensors = Object.fromEntries(names.map((name) => [name, trained.parameters[name]!]));
  const weights = await sha256(writeSafetensors(tensors));
  const features = featureSet && { id: featureSet.id, version: featureSet.version };
  const all = { model, labels, features, trimDb, normalisation, confidence, weights };
  return sha256(new TextEncoder().encode(JSON.stringify(all)));
}

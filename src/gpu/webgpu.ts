/**
 * WebGPU's types for the package's declarations. A compiler that knows WebGPU (the DOM of
 * TypeScript 6 and later, or `@webgpu/types`) uses its own; otherwise only what is listed here is
 * known of a device. A reference to `@webgpu/types` would not work: it conflicts with those newer DOMs.
 */
import type { KnownClass } from '../core/host-types.js';

export type GPU = KnownClass<
  'GPU',
  { requestAdapter(options?: object): Promise<GPUAdapter | null> }
>;
export type GPUAdapter = KnownClass<
  'GPUAdapter',
  {
    readonly info: GPUAdapterInfo;
    readonly limits: GPUSupportedLimits;
    readonly features: ReadonlySet<string>;
    requestDevice(descriptor?: object): Promise<GPUDevice>;
  }
>;
export type GPUAdapterInfo = KnownClass<
  'GPUAdapterInfo',
  {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
  }
>;
export type GPUDevice = KnownClass<
  'GPUDevice',
  {
    readonly limits: GPUSupportedLimits;
    readonly features: ReadonlySet<string>;
    readonly queue: { onSubmittedWorkDone(): Promise<undefined> };
    readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
    createBuffer(descriptor: {
      readonly label?: string;
      readonly size: number;
      readonly usage: number;
    }): GPUBuffer;
    destroy(): void;
  }
>;
export type GPUSupportedLimits = KnownClass<'GPUSupportedLimits', Readonly<Record<string, number>>>;
export type GPUError = KnownClass<'GPUError', { readonly message: string }>;
export type GPUBuffer = KnownClass<
  'GPUBuffer',
  { readonly size: number; readonly usage: number; destroy(): void }
>;
export type GPUBufferDescriptor = Parameters<GPUDevice['createBuffer']>[0];
export type GPUBindGroup = KnownClass<'GPUBindGroup', object>;
export type GPUBindGroupLayout = KnownClass<'GPUBindGroupLayout', object>;
export type GPUComputePipeline = KnownClass<'GPUComputePipeline', object>;
export type GPUComputePassEncoder = KnownClass<'GPUComputePassEncoder', object>;
export type GPUQuerySet = KnownClass<'GPUQuerySet', object>;
export type GPUCommandEncoder = KnownClass<'GPUCommandEncoder', object>;
/** Which GPU to use if there are two. */
export type GPUPowerPreference = 'low-power' | 'high-performance';
/** Where a compute pass writes its times. */
export interface GPUComputePassTimestampWrites {
  querySet: GPUQuerySet;
  beginningOfPassWriteIndex: number;
  endOfPassWriteIndex: number;
}

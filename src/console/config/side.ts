/** One side of a difference. */
import type { CompiledConfig } from '../../config/compiled.ts'

export interface Side {
  /** As it was asked for. */
  name: string
  version: string
  config: CompiledConfig
}

/** What stands for the config that counts now. */
export const LIVE = 'live'

/**
 * What components need to know of the request around them, given once for each answer (pages/show.tsx):
 * who is looking, and the token that makes a form of ours one of ours.
 */
import { createContext, useContext } from 'hono/jsx'
import type { Identity } from '../access/identity.ts'

export interface Frame {
  /** Null: on the login page, and where it is not known who asks. */
  identity: Identity | null
  /** Goes back with every form (access/csrf.ts). */
  csrf: string
  /** Of the request, with its query: where a form leads back to. */
  path: string
  /** Milliseconds since the epoch. */
  now: number
}

const NOBODY: Frame = { identity: null, csrf: '', path: '/', now: 0 }

export const FrameContext = createContext<Frame>(NOBODY)

export const useFrame = (): Frame => useContext(FrameContext)

/** What a viewer may not do is not offered. The API refuses it all the same. */
export const useIsOperator = (): boolean => useFrame().identity?.role === 'operator'

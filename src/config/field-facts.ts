/**
 * What a schema cannot show of a field by itself: how its type is called, and the limits within which a
 * text has to stay. The documents' tables are checked against it, so it is written where the check is.
 */
import { z } from 'zod'

export interface FieldFacts {
  /** As docs/configuration.md calls it: `duration`, `name of a secret`. */
  type: string
  /** Every limit, as a config writes it: `100ms`, `60s`, 1024. */
  limits?: readonly (string | number)[]
}

export const FIELD_FACTS = z.registry<FieldFacts>()

/** A field that its object's schema only names, because code of its own reads and reports it. */
export const readApart = (facts: FieldFacts) => z.unknown().register(FIELD_FACTS, facts)

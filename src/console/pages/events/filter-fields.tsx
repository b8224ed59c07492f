/** Fields of filters that are more than a line of text: a kind among all, an instant in the reader's zone. */
import { OWN_KIND_NAMES } from '../../../events/own-kinds.ts'
import { KIND_NAMES } from '../../../twilio/kinds.ts'
import { toKindLabel } from '../../format/kinds.ts'
import { Field } from '../../ui/form.tsx'
import { toFieldTime } from './filter.ts'

interface KindGroup {
  title: string
  /** Stands for all of it; null: it has only one. */
  pattern: string | null
  kinds: readonly string[]
}

const KIND_GROUPS: readonly KindGroup[] = [
  ...Map.groupBy([...KIND_NAMES, ...OWN_KIND_NAMES], (kind) => toKindLabel(kind).group),
].map(([title, kinds]) => {
  const products = new Set(kinds.map((kind) => kind.split('.', 1)[0]))
  const [product = ''] = products
  const isProduct = kinds.length > 1 && products.size === 1
  return { title, kinds, pattern: isProduct ? `${product}.*` : null }
})

/** One kind, or all of a product. */
export function KindField({ kind }: { kind: string }) {
  const isKnown = KIND_GROUPS.some(({ pattern, kinds }) => pattern === kind || kinds.includes(kind))
  return (
    <div class="field">
      <label for="kind">Kind</label>
      <select id="kind" name="kind">
        <option value="">any</option>
        {kind !== '' && !isKnown && (
          <option value={kind} selected>
            {kind}
          </option>
        )}
        {KIND_GROUPS.map(({ title, pattern, kinds }) => (
          <optgroup label={title}>
            {pattern !== null && (
              <option value={pattern} selected={kind === pattern}>
                {title}: all
              </option>
            )}
            {kinds.map((name) => (
              <option value={name} selected={kind === name}>
                {toKindLabel(name).title}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  )
}

export interface TimeFieldProps {
  name: 'from' | 'before'
  label: string
  value: string | undefined
}

/** The script takes the reader's zone instead, and says which one that is. */
export function TimeField({ name, label, value }: TimeFieldProps) {
  const words = (
    <>
      {label}{' '}
      <span class="quiet" data-zone-name>
        UTC
      </span>
    </>
  )
  const time = toFieldTime(value)
  return (
    <Field
      name={name}
      label={words}
      type="datetime-local"
      value={time}
      input={{ 'data-zone': '' }}
    />
  )
}

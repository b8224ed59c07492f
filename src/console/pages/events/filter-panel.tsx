/** The form above the list. What was typed stays in it, also when the API does not take it. */
import { OWN_KIND_NAMES } from '../../../events/own-kinds.ts'
import { KIND_NAMES } from '../../../twilio/kinds.ts'
import { toKindLabel } from '../../format/kinds.ts'
import { Field, SelectField } from '../../ui/form.tsx'
import { FilterForm } from '../../ui/filter-form.tsx'
import { useIsOperator } from '../../ui/frame.ts'
import { isSet, toFieldTime, type PageFilter } from './filter.ts'

export interface Choices {
  endpoints: readonly string[]
  targets: readonly string[]
}

interface FilterPanelProps {
  filter: PageFilter
  choices: Choices
}

const OUTCOMES = [
  { value: '', label: 'any' },
  { value: 'delivered', label: 'delivered' },
  { value: 'waiting', label: 'waiting' },
  { value: 'dead', label: 'dead' },
  { value: 'unmatched', label: 'no target' },
]

export function FilterPanel({ filter, choices }: FilterPanelProps) {
  const isOperator = useIsOperator()
  return (
    <FilterForm action="/events" label="Events" isSet={isSet(filter)}>
      <Field
        class="wide"
        name="who"
        label="Number or SID"
        type="search"
        value={filter.who ?? ''}
        input={{
          'data-filter': '',
          autocomplete: 'off',
          spellcheck: 'false',
          placeholder: isOperator ? '+15005550006, +1500*, CA…, evt_…' : '+15005550006, CA…, evt_…',
        }}
      />
      {isOperator && (
        <Field
          class="wide"
          name="text"
          label="Text in the parameters"
          type="search"
          value={filter.text ?? ''}
          input={{ autocomplete: 'off' }}
        />
      )}
      <KindField kind={filter.kind ?? ''} />
      <SelectField
        name="outcome"
        label="Outcome"
        value={filter.outcome ?? ''}
        options={withValue(OUTCOMES, filter.outcome)}
      />
      <MoreFields filter={filter} choices={choices} />
    </FilterForm>
  )
}

/** Folded away while none of them is set. */
function MoreFields({ filter, choices }: FilterPanelProps) {
  const { endpoint, target, account, from, before } = filter
  const isOpen = [endpoint, target, account, from, before].some((value) => value !== undefined)
  return (
    <details class="more-fields" open={isOpen}>
      <summary>Endpoint, target, account, time</summary>
      <div class="filter">
        <SelectField
          name="endpoint"
          label="Endpoint"
          value={endpoint ?? ''}
          options={withValue(toOptions(choices.endpoints), endpoint)}
        />
        <SelectField
          name="target"
          label="Target"
          value={target ?? ''}
          options={withValue(toOptions(choices.targets), target)}
        />
        <Field
          name="account"
          label="Account"
          value={account ?? ''}
          input={{ placeholder: 'AC…', autocomplete: 'off', spellcheck: 'false' }}
        />
        <TimeField name="from" label="From" value={from} />
        <TimeField name="before" label="Before" value={before} />
      </div>
    </details>
  )
}

interface Option {
  value: string
  label: string
}

const toOptions = (names: readonly string[]): Option[] => [
  { value: '', label: 'any' },
  ...names.map((name) => ({ value: name, label: name })),
]

/** A link may name what the config does not have any more. */
function withValue(options: readonly Option[], value: string | undefined): readonly Option[] {
  if (value === undefined || options.some((option) => option.value === value)) return options
  return [...options, { value, label: value }]
}

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
function KindField({ kind }: { kind: string }) {
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

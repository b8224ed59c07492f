/** The form above the list. What was typed stays in it, also when the API does not take it. */
import { Field, SelectField } from '../../ui/form.tsx'
import { FilterForm } from '../../ui/filter-form.tsx'
import { useIsOperator } from '../../ui/frame.ts'
import { isSet, type PageFilter } from './filter.ts'
import { KindField, TimeField } from './filter-fields.tsx'

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

/**
 * Forms that change something: always POST, always with the token that only our own pages have, and whole
 * without a script. A page answers with a redirect, so that a reload sends nothing twice.
 */
import type { Child, PropsWithChildren } from 'hono/jsx'
import { CSRF_FIELD } from '../access/csrf.ts'
import { useFrame } from './frame.ts'

interface PostFormProps {
  action: string
  class?: string
  /** For htmx and the script: `hx-*`, `data-*`, `id`. */
  [attribute: `hx-${string}` | `data-${string}`]: string
}

export function PostForm({ action, children, ...attributes }: PropsWithChildren<PostFormProps>) {
  return (
    <form method="post" action={action} {...attributes}>
      <input type="hidden" name={CSRF_FIELD} value={useFrame().csrf} />
      {children}
    </form>
  )
}

interface ButtonProps {
  tone?: 'main' | 'bad'
  isSmall?: boolean
  /** Sent with the form, when one form can do several things. */
  name?: string
  value?: string
}

export function SubmitButton(props: PropsWithChildren<ButtonProps>) {
  const { tone, isSmall = false, name, value, children } = props
  const classes = [tone && `is-${tone}`, isSmall && 'is-small'].filter(Boolean).join(' ')
  const sent = name === undefined ? {} : { name, ...(value === undefined ? {} : { value }) }
  return (
    <button type="submit" class={classes} {...sent}>
      {children}
    </button>
  )
}

export interface FieldProps {
  name: string
  label: Child
  /** Unique on the page; the name unless given. */
  id?: string
  hint?: Child
  /** What is wrong with what was sent. */
  error?: string
  class?: string
}

/** Ties the hint and the mistake to what one types into; after a mistake one begins there. */
function toDescription(id: string, { hint, error }: FieldProps) {
  const ids = [hint && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean)
  return {
    ...(ids.length > 0 ? { 'aria-describedby': ids.join(' ') } : {}),
    ...(error === undefined ? {} : { 'aria-invalid': 'true' as const, autofocus: true }),
  }
}

function Around({ id, children, ...props }: PropsWithChildren<FieldProps & { id: string }>) {
  const { label, hint, error, class: name = '' } = props
  return (
    <div class={`field ${name}`.trimEnd()}>
      <label for={id}>{label}</label>
      {children}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  )
}

interface InputProps extends FieldProps {
  type?: 'text' | 'password' | 'search' | 'tel' | 'datetime-local' | 'number'
  value?: string
  /** Plain attributes of the input: `required`, `maxlength`, `autocomplete`, `placeholder`, `list`. */
  input?: Record<string, string | number | boolean>
}

export function Field({ type = 'text', value = '', input = {}, ...field }: InputProps) {
  const id = field.id ?? field.name
  return (
    <Around {...field} id={id}>
      <input
        id={id}
        name={field.name}
        type={type}
        {...(value === '' ? {} : { value })}
        {...input}
        {...toDescription(id, field)}
      />
    </Around>
  )
}

interface SelectProps extends FieldProps {
  value?: string
  options: readonly { value: string; label: string }[]
}

export function SelectField({ value = '', options, ...field }: SelectProps) {
  const id = field.id ?? field.name
  return (
    <Around {...field} id={id}>
      <select id={id} name={field.name} {...toDescription(id, field)}>
        {options.map((option) => (
          <option value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </Around>
  )
}

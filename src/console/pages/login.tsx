/** The pages of whoever is not in: the login, the way there, and why not. */
import type { ProblemInit } from '../api/problem.ts'
import type { ConsoleContext } from '../api/router.ts'
import { Field, PostForm, SubmitButton } from '../ui/form.tsx'
import { Notice } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { showPage } from './show.tsx'

export interface LoginForm {
  /** Where to go then: a path of ours. */
  next: string
  /** Shown again after a wrong password. */
  name: string
  /** There is one password and no names. */
  isSingle: boolean
}

type Page = Response | Promise<Response>

/** @param problem why the last attempt failed */
export function showLoginPage(c: ConsoleContext, form: LoginForm, problem?: ProblemInit): Page {
  const { next, name, isSingle } = form
  return showPage(
    c,
    { title: 'Log in', section: null, isNarrow: true },
    <>
      <PageHeader title="Log in" />
      {problem && (
        <Notice tone="bad" isNews>
          {problem.title} {problem.detail}
        </Notice>
      )}
      <PostForm action="/login" class="panel">
        <input type="hidden" name="next" value={next} />
        {!isSingle && <NameField name={name} />}
        <Field
          name="password"
          label="Password"
          type="password"
          input={{ autocomplete: 'current-password', required: true }}
        />
        <div class="actions">
          <SubmitButton tone="main">Log in</SubmitButton>
        </div>
      </PostForm>
    </>,
    problem?.status,
  )
}

function NameField({ name }: { name: string }) {
  const input = { autocomplete: 'username', autocapitalize: 'none', required: true }
  return <Field name="name" label="Name" value={name} input={input} />
}

export function showRefusedPage(c: ConsoleContext, problem: ProblemInit, hasLogin: boolean): Page {
  return showPage(
    c,
    { title: problem.title, section: null, isNarrow: true },
    <>
      <p class="status-code">{problem.status}</p>
      <PageHeader title={problem.title} lede={problem.detail} />
      {hasLogin && problem.status === 401 && (
        <p>
          <a class="button is-main" href="/login">
            Log in
          </a>
        </p>
      )}
    </>,
    problem.status,
  )
}

/** Leads on without a redirect: access/answers.ts says why. */
export function showWayToLogin(c: ConsoleContext, url: string): Page {
  return c.html(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content={`0;url=${url}`} />
        <title>Switchboard</title>
      </head>
      <body>
        <p>
          <a href={url}>Go on</a>
        </p>
      </body>
    </html>,
  )
}

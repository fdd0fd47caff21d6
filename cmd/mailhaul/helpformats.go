package main

const helpFormats = `What is written for programs

--json  One value a line on standard output, each with its "event"; people are
        talked to on standard error. The last line is the summary, and tells the
        exit code. Fields may be added later; none goes or changes its meaning.
        mailhaul schema writes the JSON Schema of every line.

  copy, run   plan       count folders will be looked at, of bytes in all
              folder     a folder is begun: from the source, folder there
              found      count more messages of bytes are to be moved
              messages   count messages came to an end, fate: copied, present,
                         adopted, skipped, refused, vanished, merged
              refused    one message: subject, message_id, the server's words in text
              note       something changed on the way, in text
              retry      text went wrong; again after wait_seconds
              settle     waits wait_seconds for mail that may still arrive
              folder-done, folder-failed
              alert      what a server demands that people see
              deleted, cleared    with --delete-source: what was deleted there, what the
                         server has not confirmed, what stays and why
              error      text, and what to do in hint
              summary    messages = copied + present + adopted + skipped + refused
                         + vanished + merged
  plan        plan-folder, plan-hurdle (what stands in the way), summary
  verify      difference, repair, summary
  status      job, with "run" while one is on
  report      report-folder; with --refused: refused; with --format json: report
  check       finding, summary
  discover    discovered

report  --format text, md, json, csv, html, or -o FILE whose name tells it. Cells of
        CSV that a spreadsheet would take for a formula begin with an apostrophe.
        The HTML page needs nothing from outside and runs no script.

--log-file FILE  All that happens, a line each: --log-format text is
        time=... level=INFO msg=messages folder=INBOX count=50, --log-format json
        the same as JSON. level WARN is for what was refused or tried again, ERROR
        for how a run failed, DEBUG for the dialogue with -vv.

--on-done COMMAND  gets the summary on standard input: the text that people see, or
        with --json its line; and MAILHAUL_EXIT, MAILHAUL_JOB, MAILHAUL_MESSAGES,
        MAILHAUL_COPIED, MAILHAUL_REFUSED and MAILHAUL_BYTES. No password of ours
        is in its environment.

status  While a run is on, FILE.run.json beside its checkpoint FILE.db holds how it
        stands, written once a second, and one line more for each run after it that
        came to no folder; mailhaul status --json reads it for you.
`

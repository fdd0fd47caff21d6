package fault

import "github.com/mailhaul/mailhaul/internal/mailtest/imapserver"

func throttleRows() []row {
	here := &end{present: 8}
	backoff := "Request is throttled. Suggested Backoff Time: 900 milliseconds"
	rows := []row{}
	for _, kind := range []string{"NO ", "BAD "} {
		rows = append(rows,
			row{name: "throttle: " + kind + "to APPEND, backoff obeyed", to: one(F{On: "APPEND", From: 3, Say: kind + backoff}), atLeast: 900e6, first: end{copied: 8, says: "throttled"}},
			row{name: "throttle: " + kind + "to FETCH, backoff obeyed", from: faults(bodies(F{Say: kind + backoff})), atLeast: 900e6, first: end{copied: 8, says: "throttled"}},
			row{name: "throttle: " + kind + "to the list, backoff obeyed", from: faults(F{On: "UID FETCH", Say: kind + backoff}), atLeast: 900e6},
			row{name: "throttle: " + kind + "to many at once, backoff obeyed", to: faults(F{On: "APPEND", Say: kind + backoff}), atLeast: 900e6})
	}
	return append(rows, []row{
		{name: "throttle: three times in a row", to: one(F{On: "APPEND", From: 2, Times: 3, Say: "NO Request is throttled. Suggested Backoff Time: 300 milliseconds"}), atLeast: 900e6},
		{name: "throttle: backoff in seconds", from: faults(bodies(F{Say: "NO Request is throttled. Suggested Backoff Time: 1 seconds"})), atLeast: 1e9},
		{name: "throttle: backoff with BYE", to: one(F{On: "APPEND", From: 3, Bye: "Request is throttled. Suggested Backoff Time: 900 milliseconds"}), atLeast: 900e6},
		{name: "throttle: a long backoff ends the run", to: one(F{On: "APPEND", From: 3, Times: Always, Say: "NO Request is throttled. Suggested Backoff Time: 3600000 milliseconds"}),
			first: end{exit: 5, some: true, says: "Suggested Backoff Time: 3600000"}, atMost: 30e9},
		{name: "throttle: a long backoff for FETCH ends the run", from: faults(always(bodies(F{Say: "BAD Request is throttled. Suggested Backoff Time: 3600000 milliseconds"}))),
			first: later("Suggested Backoff Time: 3600000"), atMost: 30e9},
		{name: "throttle: NO [THROTTLED] to APPEND", to: one(F{On: "APPEND", From: 3, Say: "NO [THROTTLED] slow down"})},
		{name: "throttle: NO [THROTTLED] to FETCH", from: faults(bodies(F{Say: "NO [THROTTLED] slow down"}))},
		{name: "throttle: OK Success [THROTTLED] (Gmail)", from: faults(F{On: "", Times: Always, Line: swap("OK done", "OK Success [THROTTLED]")}), stays: true, second: here},
		{name: "throttle: NO [LIMIT] FETCH Rate limit hit (Yahoo)", from: faults(bodies(F{Say: "NO [LIMIT] UID FETCH Rate limit hit."}))},
		{name: "throttle: NO [LIMIT] APPEND Rate limit hit (Yahoo)", to: one(F{On: "APPEND", From: 3, Say: "NO [LIMIT] APPEND Rate limit hit."})},
		{name: "throttle: NO [OVERQUOTA] bandwidth to FETCH (Gmail)", from: faults(always(bodies(F{Say: "NO [OVERQUOTA] Account exceeded command or bandwidth limits."}))), args: few,
			first: later("bandwidth limits")},
		{name: "throttle: NO [OVERQUOTA] bandwidth to APPEND (Gmail)", to: one(F{On: "APPEND", From: 2, Times: Always, Say: "NO [OVERQUOTA] Account exceeded command or bandwidth limits."}), mail: testMail()[:5], args: few,
			first: end{exit: 5, some: true, says: "bandwidth limits"}},
		{name: "throttle: BYE bandwidth (Gmail)", from: faults(bodies(F{Bye: "Account exceeded command or bandwidth limits."}))},
		{name: "throttle: BAD User is authenticated but not connected to APPEND", to: one(F{On: "APPEND", From: 3, Say: "BAD User is authenticated but not connected."})},
		{name: "throttle: BAD User is authenticated but not connected to FETCH", from: faults(bodies(F{Say: "BAD User is authenticated but not connected."}))},
		{name: "throttle: too many connections while the first works on", to: imapserver.Options{Faults: []F{{On: "AUTHENTICATE", From: 2, Times: 2, Say: "NO [ALERT] Too many simultaneous connections. (Failure)"}}},
			args: []string{"--connections", "3"}},
		{name: "throttle: only one connection at the source", from: imapserver.Options{Faults: []F{{On: "AUTHENTICATE", From: 2, Times: Always, Say: "NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=1)"}}},
			args: []string{"--connections", "3"}},
		{name: "throttle: only one connection at the destination", to: imapserver.Options{Faults: []F{{On: "AUTHENTICATE", From: 2, Times: Always, Say: "NO [ALERT] Too many simultaneous connections. (Failure)"}}},
			args: []string{"--connections", "3"}},
	}...)
}

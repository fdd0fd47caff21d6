package hostile

import "strings"

// nesting is parentheses in parentheses.
func nesting() []attack {
	deep := strings.Repeat("(", 1000) + strings.Repeat(")", 1000)
	return []attack{
		{name: "LIST nested without end", on: imapSource, play: play{"LIST": endless("* LIST ", "(")}},
		{name: "FETCH nested without end", on: imapSource, play: play{"UID FETCH": endless("* 1 FETCH ", "(")}},
		{name: "a value nested without end", on: imapSource, play: play{"UID FETCH": endless("* 1 FETCH (UID 1 X-THING ", "(")}},
		{name: "BODYSTRUCTURE nested", on: imapSource, play: play{"UID FETCH": say("* 1 FETCH (UID 1 BODYSTRUCTURE " + deep + ")")}},
		{name: "flags nested", on: imapSource, play: play{"UID FETCH": say("* 1 FETCH (UID 1 FLAGS " + deep + ")")}},
		{name: "attributes nested", on: imapSource, play: play{"LIST": say("* LIST (" + deep + ") \"/\" INBOX")}},
		{name: "STATUS nested", on: imapSource, play: play{"STATUS": say("* STATUS INBOX (MESSAGES " + deep + ")")}},
		{name: "NAMESPACE nested", on: imapSource, play: play{"NAMESPACE": say("* NAMESPACE ((\"\" \"/\" " + deep + ")) NIL NIL")}},
		{name: "an unasked BODYSTRUCTURE nested by literals", on: imapSource, play: play{"UID FETCH": endless("* 1 FETCH (UID 1 BODYSTRUCTURE ", "({1}\r\na")}},
		{name: "brackets without end", on: imapSource, play: play{"UID FETCH": endless("* 1 FETCH (UID 1 BODY", "[")}},
		{name: "closing parentheses", on: imapSource, arrives: 2, fine: true, play: play{"NAMESPACE": say("* NAMESPACE " + strings.Repeat(")", 1000))}},
	}
}

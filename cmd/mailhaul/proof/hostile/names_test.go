package hostile

import (
	"fmt"
	"strings"
)

// names are folders that want to be somewhere or somebody else.
func names() []attack {
	listing := func(lines ...string) play {
		p := play{"LIST": say(lines...)}
		return p
	}
	lit := func(name string) string { return fmt.Sprintf(`* LIST () "/" {%d}`+"\r\n%s", len(name), name) }
	return []attack{
		{name: "names that climb", on: imapSource, arrives: 14, fine: true, texts: true, play: listing(
			`* LIST () "/" "../../../../etc/passwd"`, `* LIST () "/" "/etc/passwd"`, `* LIST () "/" ".."`,
			`* LIST () "/" "."`, `* LIST () "/" "//"`, `* LIST () "/" "a/../../b"`)},
		{name: "names of Windows", on: imapSource, arrives: 10, fine: true, texts: true, play: listing(
			`* LIST () "\\" "C:\\\\Windows"`, `* LIST () "\\" "..\\\\.."`, `* LIST () "/" "NUL"`, `* LIST () "/" "a:b"`)},
		{name: "names with CR, LF and NUL", on: imapSource, arrives: 2, texts: true, play: listing(
			`* LIST () "/" INBOX`, lit("a\r\nm9 DELETE INBOX"), lit("b\nc"), lit("d\x00e"))},
		{name: "names with CR and LF in UTF-7", on: imapSource, arrives: 4, fine: true, texts: true, play: listing(
			`* LIST () "/" INBOX`, `* LIST () "/" "a&AA0ACg-m9 LOGOUT"`)},
		{name: "names with escape sequences", on: imapSource, arrives: 10, fine: true, texts: true, play: listing(
			`* LIST () "/" INBOX`, "* LIST () \"/\" \"a\x1b[2J\x1b]0;title\x07\"", "* LIST () \"/\" \"b\x9b31m\"", `* LIST () "/" "c&ABs-[2J"`, "* LIST () \"/\" \"d\be\x7f\"")},
		{name: "names that turn around", on: imapSource, arrives: 8, fine: true, texts: true, play: listing(
			`* LIST () "/" INBOX`, "* LIST () \"/\" \"a\u202efdp.exe\"", `* LIST () "/" "b&IC4-fdp"`, "* LIST () \"/\" \"\u2066c\u2069\ufeff\U000e0041\"")},
		{name: "names in no encoding", on: imapSource, arrives: 8, fine: true, texts: true, play: listing(
			`* LIST () "/" INBOX`, "* LIST () \"/\" \"\xff\xfe\xc3\"", `* LIST () "/" "&2AA-"`, `* LIST () "/" "&&&-&AGE"`)},
		{name: "empty names", on: imapSource, arrives: 4, fine: true, play: listing(`* LIST () "/" ""`, `* LIST () "/" NIL`, `* LIST () "/"`, `* LIST`)},
		{name: "strange delimiters", on: imapSource, arrives: 12, fine: true, texts: true, play: listing(
			`* LIST () "\"" "a\"b"`, `* LIST () "" "c"`, "* LIST () \"\x1b\" \"d\x1be\"", `* LIST () "abc" "fabcg"`, `* LIST () {1}`+"\r\n% \"h%i\"")},
		{name: "one name in many spellings", on: imapSource, arrives: 4, fine: true, texts: true, play: listing(
			`* LIST () "/" INBOX`, `* LIST () "/" inbox`, `* LIST () "/" "&AEkATgBCAE8AWA-"`, `* LIST () "/" "INBOX/"`, `* LIST () "/" "iNBOX"`)},
		{name: "a name of a hundred levels", on: imapSource, arrives: 4, fine: true, texts: true, play: listing(`* LIST () "/" "a` + strings.Repeat("/a", 100) + `"`)},
		{name: "a name of ten thousand characters", on: imapSource, play: listing(`* LIST () "/" "` + strings.Repeat("a", 10_000) + `"`)},
		{name: "names of the destination", on: imapDest, fine: true, texts: true, play: listing(
			`* LIST () "/" INBOX`, lit("a\r\nb"), "* LIST () \"/\" \"a\x1b[2J\u202e\"", `* LIST () "/" "../.."`)},
		{name: "a namespace that is a command", on: imapDest, texts: true, fine: true, play: play{
			"NAMESPACE": say("* NAMESPACE (({12}\r\nx\r\nm9 LOGOUT \"/\")) NIL NIL")}},
	}
}

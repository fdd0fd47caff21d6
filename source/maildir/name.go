package maildir

import (
	"strconv"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// name is what the name of a message's file tells. The form is that of
// https://cr.yp.to/proto/maildir.html: "1409000000.M12P34.host,S=900,W=920:2,FS".
type name struct {
	base    string // constant while the message is there
	letters string // flags
	sec     int64  // time of delivery, seconds since 1970, 0 if not told
	usec    int64  // microseconds of it, 0 if not told
	virtual int64  // Dovecot's size with CRLF line ends, -1 if not told
}

// parseName takes a file name apart. Every name is good for something.
func parseName(file string) name {
	base, info := cutInfo(file)
	n := name{base: base, virtual: -1}
	if letters, ok := strings.CutPrefix(info, "2,"); ok {
		n.letters, _, _ = strings.Cut(letters, ",")
	}
	n.sec, n.usec = delivery(base)
	if _, w, ok := strings.Cut(base, ",W="); ok {
		w, _, _ = strings.Cut(w, ",")
		n.virtual = number(w)
	}
	return n
}

// delivery is the time of delivery that a base tells, 0 what it does not tell.
func delivery(base string) (sec, usec int64) {
	first, unique, _ := strings.Cut(base, ".")
	return max(0, number(first)), microseconds(unique)
}

// cutInfo splits a file name into base and info. Where a colon cannot stand in
// a file name, programs write ";" or "!" for it; these only count with the
// whole ";2," behind them.
func cutInfo(file string) (base, info string) {
	if i := strings.IndexByte(file, ':'); i > 0 {
		return file[:i], file[i+1:]
	}
	for i := len(file) - 3; i > 0; i-- {
		sep, version := file[i], file[i+1]
		if (sep == ';' || sep == '!') && (version == '1' || version == '2') && file[i+2] == ',' {
			return file[:i], file[i+1:]
		}
	}
	return file, ""
}

// microseconds finds the "M" part of a unique name: "M12P34", "H3M12", "34_1"
// has none.
func microseconds(unique string) int64 {
	unique, _, _ = strings.Cut(unique, ".")
	i := strings.IndexByte(unique, 'M')
	if i < 0 {
		return 0
	}
	digits := unique[i+1:]
	for k, c := range digits {
		if c < '0' || c > '9' {
			digits = digits[:k]
			break
		}
	}
	return max(0, number(digits))
}

// number is a decimal number without sign, -1 if s is none or is too large.
func number(s string) int64 {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return -1
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// flags translates the letters of a name. Keywords are those of the folder's
// dovecot-keywords file, by number. Other letters mean nothing to us.
func flags(letters string, keywords []transfer.Flag) []transfer.Flag {
	var out []transfer.Flag
	for _, c := range []byte(letters) {
		f := system(c)
		if c >= 'a' && c <= 'z' && int(c-'a') < len(keywords) {
			f = keywords[c-'a']
		}
		if f != "" && !contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

func system(letter byte) transfer.Flag {
	switch letter {
	case 'P':
		return "$Forwarded"
	case 'R':
		return transfer.Answered
	case 'S':
		return transfer.Seen
	case 'T':
		return transfer.Deleted
	case 'D':
		return transfer.Draft
	case 'F':
		return transfer.Flagged
	}
	return ""
}

func contains(fs []transfer.Flag, f transfer.Flag) bool {
	for _, x := range fs {
		if strings.EqualFold(string(x), string(f)) {
			return true
		}
	}
	return false
}

// parseKeywords reads a dovecot-keywords file: lines of "0 $Label1". The answer
// holds the keyword of number i at i, "" where there is none.
func parseKeywords(file string) []transfer.Flag {
	var out []transfer.Flag
	for line := range strings.Lines(file) {
		num, word, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		n := number(num)
		if n < 0 || n >= 26 || word == "" {
			continue
		}
		for int64(len(out)) <= n {
			out = append(out, "")
		}
		out[n] = transfer.Flag(word)
	}
	return out
}

// id is the ID of the n-th file (from 1) with that base. It says n where it is
// not 1, or where the base itself ends like a number of this kind.
func id(base string, n int) string {
	if _, _, numbered := cutOrdinal(base); n == 1 && !numbered {
		return base
	}
	return base + "#" + strconv.Itoa(n)
}

// parseID takes an ID apart.
func parseID(id string) (base string, n int) {
	base, n, _ = cutOrdinal(id)
	return base, n
}

func cutOrdinal(s string) (base string, n int, ok bool) {
	i := strings.LastIndexByte(s, '#')
	if i < 0 {
		return s, 1, false
	}
	k := number(s[i+1:])
	if k < 1 || k > 1<<30 || s[i+1] == '0' {
		return s, 1, false
	}
	return s[:i], int(k), true
}

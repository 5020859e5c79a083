package source

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// key is an API key or a webhook secret of at least eight characters behind its
// fixed beginning. What stands before it decides whether it is the end of a
// longer word ("break_test_…").
var key = regexp.MustCompile(`(ak_test_|ak_live_|whsec_)([A-Za-z0-9_-]{8,})`)

// escape is the end of an escape sequence, whose letters and digits are no part
// of the word that follows.
var escape = regexp.MustCompile(`(\\[nrtbf0]|%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4})$`)

// lineKeys finds the lines of a file with a key.
func lineKeys(name string, data []byte) (hits []hit) {
	if !bytes.Contains(data, []byte("ak_")) && !bytes.Contains(data, []byte("whsec_")) {
		return nil
	}
	made := test(name) || document(name)
	for n, rest := 1, data; len(rest) > 0; n++ {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		if note := keysIn(line, made); note != "" {
			hits = append(hits, hit{n, note})
		}
	}
	return hits
}

// keysIn names the kinds of keys that stand in a line, masked: "ak_test_…".
// made: keys that someone plainly made up are none.
func keysIn(line []byte, made bool) string {
	if !bytes.Contains(line, []byte("ak_")) && !bytes.Contains(line, []byte("whsec_")) {
		return ""
	}
	var kinds []string
	for _, at := range key.FindAllSubmatchIndex(line, -1) {
		masked := string(line[at[2]:at[3]]) + "…"
		if slices.Contains(kinds, masked) || !beginsWord(line[:at[0]]) {
			continue
		}
		tail := string(line[at[4]:at[5]])
		if placeholder(tail) || abridged(tail, line[at[1]:]) || made && madeUp(tail) {
			continue
		}
		kinds = append(kinds, masked)
	}
	return strings.Join(kinds, ", ")
}

func beginsWord(before []byte) bool {
	if len(before) == 0 {
		return true
	}
	last := before[len(before)-1]
	word := last == '_' || '0' <= last && last <= '9' || 'a' <= last|0x20 && last|0x20 <= 'z'
	return !word || escape.Match(before[max(0, len(before)-6):])
}

// abridged reports whether a key is cut short with dots, as documents do.
func abridged(tail string, after []byte) bool {
	return len(tail) <= 16 && (bytes.HasPrefix(after, []byte("...")) || bytes.HasPrefix(after, []byte("…")))
}

// standIns are words that stand where a key belongs, and in no key.
var standIns = []string{
	"your", "example", "placeholder", "replace", "redacted", "changeme", "change_me", "dummy", "sample", "insert", "xxxx",
}

var (
	words = regexp.MustCompile(`^([a-z]+|[A-Z]+|[A-Z][a-z]+)([_-]+([a-z]+|[A-Z]+|[A-Z][a-z]+))+$`)
	word  = regexp.MustCompile(`^([a-z]+|[A-Z]+|[A-Z]?[a-z]+([A-Z][a-z]+)+)$`)
)

// placeholder reports whether what follows a key's beginning stands for a key:
// one character over and over, words, or a word that says so.
func placeholder(tail string) bool {
	lower := strings.ToLower(tail)
	if distinct(strings.NewReplacer("_", "", "-", "").Replace(lower)) <= 1 {
		return true
	}
	if slices.ContainsFunc(standIns, func(w string) bool { return strings.Contains(lower, w) }) {
		return true
	}
	return words.MatchString(tail)
}

// madeUp reports whether someone made a key up at the keyboard: a word, few
// characters, or a run such as 123456 or abcdef.
func madeUp(tail string) bool {
	if word.MatchString(tail) {
		return true
	}
	run := 1
	for i := 1; i < len(tail); i++ {
		if tail[i] == tail[i-1]+1 {
			run++
		} else {
			run = 1
		}
		if run == 6 {
			return true
		}
	}
	return distinct(tail) <= 4
}

func distinct(text string) int {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}

package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Step is one step of a path: into a member, or into an element when Member is
// empty.
type Step struct {
	Member string
	Index  int // from 0
}

// ParsePath reads "$.a.b[0]": members of letters, digits, _ and -, elements by
// number from 0. "$" alone is the whole answer.
func ParsePath(path string) ([]Step, error) {
	rest, found := strings.CutPrefix(path, "$")
	if !found {
		return nil, fmt.Errorf("path %q does not begin with $, write $.status", path)
	}
	var steps []Step
	for rest != "" {
		step, tail, ok := firstStep(rest)
		if !ok {
			return nil, fmt.Errorf("path %q is not understood at %q, write it like $.data[0].status", path, rest)
		}
		steps, rest = append(steps, step), tail
	}
	return steps, nil
}

func firstStep(text string) (step Step, rest string, ok bool) {
	if inner, found := strings.CutPrefix(text, "["); found {
		digits, tail, closed := strings.Cut(inner, "]")
		n, err := strconv.ParseUint(digits, 10, 16)
		return Step{Index: int(n)}, tail, closed && err == nil
	}
	text, found := strings.CutPrefix(text, ".")
	end := strings.IndexAny(text, ".[")
	if end < 0 {
		end = len(text)
	}
	name := text[:end]
	outside := strings.IndexFunc(name, func(r rune) bool { return !isNameRune(r) && r != '-' })
	return Step{Member: name}, text[end:], found && name != "" && outside < 0
}

func isNameRune(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

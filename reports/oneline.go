package reports

import (
	"slices"
	"strings"
)

// OneLine is an error's text as it is told: several joined stand in one line, each
// once.
func OneLine(err error) string {
	var told []string
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		if line != "" && !slices.ContainsFunc(told, func(t string) bool { return strings.HasSuffix(t, line) }) {
			told = append(told, line)
		}
	}
	return tame(strings.Join(told, "; "), false)
}

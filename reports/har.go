package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	profiles "github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// HAR writes the recording behind a report as HTTP Archive 1.2. A report that
// was read back has none (*Misuse).
func HAR(w io.Writer, r *Report) error {
	if r.recording == nil {
		return misuse("a report holds no exchanges; give its recording, or the folder of its run or bundle")
	}
	return recording.WriteHAR(w, r.recording)
}

// openHAR reads a HAR file of another tool, judged by the first profile. A file
// that is none, or holds no call to Anton, is a *Misuse.
func openHAR(f io.Reader) (*recording.Recording, string, error) {
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, "", err
	}
	h, err := recording.ReadHAR(text, isAnton)
	if err != nil {
		return nil, "", misuse("%w; save the traffic again, as HAR with content", err)
	}
	if len(h.Exchanges) == 0 {
		return nil, "", misuse("no call to Anton in it, of %d entries; record the app that calls %s", h.Skipped, profiles.Profiles[0].Sandbox)
	}
	h.Open.Profile, h.Open.Tool = profiles.Profiles[0].Name, Version
	h.Marks = append(h.Marks, &recording.Mark{ID: "m1", At: h.Open.At, Kind: recording.MarkNote, Facts: map[string]string{
		"text": fmt.Sprintf("read from a HAR file that %s wrote: %s with Anton, %d other left out; what it does not hold is not known, and it certifies nothing",
			strings.TrimSpace(h.Creator), plural(len(h.Exchanges), "exchange"), h.Skipped),
	}})
	return h.Recording, digest(text), nil
}

// isAnton reports whether a host is Anton's, in any profile.
func isAnton(host string) bool {
	return slices.ContainsFunc(profiles.Profiles, func(p *profiles.Profile) bool {
		return strings.EqualFold(host, p.Sandbox) || strings.EqualFold(host, p.Production)
	})
}

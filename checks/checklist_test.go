package checks

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/anton-payments/golive/proxy/recording"
)

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)

// single is the one id of the checklist without a hyphen.
const single = "alert"

// TestChecks holds every check against the form that the checklist, the report
// and the documents rely on.
func TestChecks(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range All() {
		if seen[c.ID] {
			t.Errorf("%s: declared twice", c.ID)
		}
		seen[c.ID] = true
		if !idForm.MatchString(c.ID) && c.ID != single {
			t.Errorf("%s: want an id in kebab-case", c.ID)
		}
		titled(t, c)
		placed(t, c)
	}
}

func titled(t *testing.T, c *Check) {
	t.Helper()
	switch {
	case c.Title == "":
		t.Errorf("%s: no title", c.ID)
	case unicode.IsUpper([]rune(c.Title)[0]), strings.HasSuffix(c.Title, "."), strings.Contains(c.Title, "\n"):
		t.Errorf("%s: title %q, want one line, no capital at its beginning, no full stop", c.ID, c.Title)
	}
	for _, part := range []string{"Looked at: ", "Mend: "} {
		if !strings.Contains(c.Doc, part) {
			t.Errorf("%s: its doc does not say %q", c.ID, part)
		}
	}
	if strings.HasPrefix(c.Doc, "Looked at") || c.Doc != strings.TrimSpace(c.Doc) {
		t.Errorf("%s: its doc begins with why it costs money, and has no space around it", c.ID)
	}
}

func placed(t *testing.T, c *Check) {
	t.Helper()
	if len(c.Items) == 0 {
		t.Errorf("%s: judges no item", c.ID)
	}
	for _, i := range c.Items {
		if itemIndex(i) < 0 {
			t.Errorf("%s: item %s is not on the checklist", c.ID, i)
		}
	}
	for _, n := range c.Needs {
		if !slices.Contains(recording.Exercises, n) {
			t.Errorf("%s: needs %s, which is no exercise", c.ID, n)
		}
	}
	if c.OneNeed && len(c.Needs) < 2 {
		t.Errorf("%s: one need of fewer than two", c.ID)
	}
}

// TestItems: every line of the checklist is judged by something.
func TestItems(t *testing.T) {
	for _, l := range Checklist {
		if len(For(l.Item)) == 0 {
			t.Errorf("%s %s: no check judges it", l.Item, l.Text)
		}
	}
}

// TestOrder: the checklist's order does not depend on the order of files.
func TestOrder(t *testing.T) {
	ids := func(list []*Check) (all []string) {
		for _, c := range list {
			all = append(all, c.ID)
		}
		return all
	}
	before := ids(All())
	was := slices.Clone(all)
	slices.Reverse(all)
	defer func() { all = was }()
	if after := ids(All()); !slices.Equal(before, after) {
		t.Errorf("order changes with the files:\n%v\n%v", before, after)
	}
}

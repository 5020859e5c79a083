package checks

import (
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

var keyInSource = add(&Check{
	ID:    "key-in-source",
	Title: "no key or secret is written in the source",
	Doc: `Whoever reads the repository, now or in its history, can pay in the merchant's name.

Looked at: the files of app.source, searched for ak_test_, ak_live_ and whsec_ literals;
with --history also what git keeps of them. In a git repository the tracked files count,
elsewhere all but .env files. Mend: take the literal out, read it from the environment, and rotate the key: history
keeps it.`,
	Items: keyItems,
	Run: func(t *Trial) {
		t.searched("source")
		for _, f := range t.literals("src:") {
			t.Failf(f, "%s, want it read from the environment or a secrets manager", literal(f))
		}
	},
})

var serverPublicFiles = add(&Check{
	ID:    "server-public-files",
	Title: "no key or secret is in the files that clients get",
	Doc: `A key in a bundle or its source map is public from the first page view on.

Looked at: the files of app.public, source maps included. Mend: keep the key on the
server, let the browser call the server, and rotate the key.`,
	Items: []Item{ServerSide},
	Unless: func(e *Evidence) string {
		if e.tree("public") == nil && len(e.literals("public:")) == 0 {
			return "no app.public is given"
		}
		return ""
	},
	Run: func(t *Trial) {
		t.searched("public")
		for _, f := range t.literals("public:") {
			t.Failf(f, "%s, want it on the server only", literal(f))
		}
	},
})

// searched sees the mark of a tree that was searched, or says what to do.
func (t *Trial) searched(tree string) {
	m := t.tree(tree)
	switch {
	case m == nil:
		t.Missingf("the files were not searched; give app.%s in golive.yaml", tree)
	case m.Facts["files"] == "0":
		t.Missingf("app.%s holds no file that could be searched; correct it in golive.yaml", tree)
	default:
		t.Saw(m)
	}
}

// tree is the mark of a searched tree; nil when it was not searched.
func (e *Evidence) tree(name string) *recording.Mark {
	for _, m := range e.Marks {
		if m.Kind == recording.MarkSource && m.Facts["tree"] == name {
			return m
		}
	}
	return nil
}

// literals are the keys and secrets found in a tree.
func (e *Evidence) literals(prefix string) []*recording.Finding {
	var found []*recording.Finding
	for _, f := range e.Findings {
		switch f.Kind {
		case "key-literal", recording.KindTestKey, recording.KindLiveKey, recording.KindWebhookSecret:
			if strings.HasPrefix(f.Place, prefix) {
				found = append(found, f)
			}
		}
	}
	return found
}

// literal tells what was found.
func literal(f *recording.Finding) string {
	if f.Note == "" {
		return "key or secret written out"
	}
	return "key or secret written out (" + f.Note + ")"
}

package exercise

import (
	"context"

	"github.com/anton-payments/golive/proxy/source"
)

// search looks through the app's files, before the app has a chance to change
// them. Paths that are not there are the set-up's trouble.
func (b *bench) search(ctx context.Context, s *Setup) error {
	c := b.config.App
	if c.History && len(c.Source) == 0 {
		return unusable("the git history of what? give app.source in golive.yaml")
	}
	for _, t := range []source.Tree{
		{Name: source.Source, Paths: c.Source, Dir: c.Dir, FS: s.Files, History: c.History},
		{Name: source.Public, Paths: c.Public, Dir: c.Dir, FS: s.Files},
	} {
		if len(t.Paths) == 0 {
			continue
		}
		if err := source.Search(ctx, t, b.writer); err != nil {
			return &Unusable{err}
		}
	}
	return ctx.Err()
}

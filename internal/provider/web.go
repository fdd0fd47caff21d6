package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	webPatience = 10 * time.Second // for one document, redirects included
	webLimit    = 256 << 10        // bytes of one document; real ones have up to 6 KB
	redirects   = 3
)

// fetch gets a document over https. Nothing is sent but the URL.
func (f Finder) fetch(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, webPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if err := secure(request.URL); err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/xml, text/xml")
	reply, err := f.client().Do(request)
	if err != nil {
		return nil, plainly(err)
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%d %s", reply.StatusCode, http.StatusText(reply.StatusCode))
	}
	text, err := io.ReadAll(io.LimitReader(reply.Body, webLimit+1))
	switch {
	case err != nil:
		return nil, plainly(err)
	case len(text) > webLimit:
		return nil, fmt.Errorf("it has more than %d KiB", webLimit>>10)
	}
	return text, nil
}

// client is the one that was handed in, made careful: without cookies, and with
// few redirects that stay with https.
func (f Finder) client() *http.Client {
	c := http.Client{}
	if f.HTTP != nil {
		c = *f.HTTP
	}
	c.Jar = nil
	c.CheckRedirect = func(next *http.Request, before []*http.Request) error {
		if len(before) > redirects {
			return fmt.Errorf("more than %d redirects", redirects)
		}
		return secure(next.URL)
	}
	return &c
}

func secure(u *url.URL) error {
	if u.Scheme != "https" {
		return errors.New("it leads away from https")
	}
	return nil
}

// plainly is the cause alone: the URL is told beside it, and holds the address.
func plainly(err error) error {
	var web *url.Error
	if !errors.As(err, &web) {
		return err
	}
	if web.Timeout() {
		return errors.New("no answer")
	}
	return web.Err
}

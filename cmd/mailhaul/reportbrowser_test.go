package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	traffic "github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

var shots = flag.String("shots", "", "keep the pictures that TestReportInBrowser takes in this folder")

// browser starts Chromium for one test. talk answers what it asked for outside of
// the page, and what it complained of.
func browser(t *testing.T) (ctx context.Context, talk func() []string) {
	t.Helper()
	path := mailtest.Need(t, "chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocated, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); cancel() })
	var mu sync.Mutex
	var said []string
	err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *traffic.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, "file://") {
				said = append(said, "asked for "+e.Request.URL)
			}
		case *runtime.EventExceptionThrown:
			said = append(said, "threw "+e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			said = append(said, "wrote to the console")
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, late := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(late)
	return ctx, func() []string { mu.Lock(); defer mu.Unlock(); return said }
}

// visit opens a page in a window of that size and light, and looks at it.
func visit(ctx context.Context, page string, width, height int64, mobile, dark bool) (got drawn, err error) {
	scheme := map[bool]string{false: "light", true: "dark"}[dark]
	var as []chromedp.EmulateViewportOption
	if mobile {
		as = append(as, chromedp.EmulateMobile)
	}
	media := ""
	if width < height && !mobile {
		media = "print" // a sheet of paper
	}
	err = chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, errs := cdp.Call(ctx, t, traffic.Enable, traffic.EnableParams{})
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media:    media,
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return errors.Join(errs, err)
	}), chromedp.EmulateViewport(width, height, as...), chromedp.Navigate("file://"+page))
	if err == nil {
		got, err = chromedp.Run(ctx, chromedp.Evaluate[drawn](lookInside))
	}
	return got, err
}

// drawn is what the page looks like from inside.
type drawn struct {
	Title, Heading, Back                         string
	Sections, Bars, Points, Rows, Scripts, Links int
	Overflow                                     float64
	Curve, Bar                                   float64 // heights on the screen
	Pwned                                        bool
}

const lookInside = `(() => {
	const box = s => { const e = document.querySelector(s); return e ? e.getBoundingClientRect() : {width: 0, height: 0} };
	return {
		Title: document.title, Heading: document.querySelector("h1").innerText, Back: getComputedStyle(document.body).backgroundColor,
		Sections: document.querySelectorAll("section").length, Bars: document.querySelectorAll(".bars rect").length,
		Points: document.querySelector("polyline") ? document.querySelector("polyline").points.length : 0,
		Rows: document.querySelectorAll("tbody tr").length, Scripts: document.scripts.length,
		Links: document.querySelectorAll("a, img, iframe, link, object, embed, form, input, button, base").length,
		Overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
		Curve: box("polyline").height, Bar: box(".bars rect").height, Pwned: window.pwned !== undefined,
	};
})()`

// TestReportInBrowser: the page draws itself on a desktop, on a telephone and in
// the dark, needs nothing from outside, and fits.
func TestReportInBrowser(t *testing.T) {
	ctx, said := browser(t)
	page := filepath.Join(t.TempDir(), "report.html")
	var text bytes.Buffer
	if err := sampleReport().html(&text); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(page, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name          string
		width, height int64
		mobile, dark  bool
	}{
		{"desktop", 1280, 900, false, false},
		{"dark", 1280, 900, false, true},
		{"phone", 390, 844, true, false},
		{"paper", 760, 1100, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := visit(ctx, page, tc.width, tc.height, tc.mobile, tc.dark)
			if err != nil {
				t.Fatal(err)
			}
			picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if *shots != "" {
				if err := os.WriteFile(filepath.Join(*shots, tc.name+".png"), picture, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got.Heading != "3 messages were refused. All else is there." || got.Sections < 6 || got.Bars < 15 || got.Points < 30 || got.Rows < 10 {
				t.Errorf("got %+v, want the verdict, six sections, two charts and the folders", got)
			}
			if got.Curve < 40 || got.Bar < 1 {
				t.Errorf("got charts of %v and %v pixels, want them drawn", got.Curve, got.Bar)
			}
			if got.Overflow > 0 {
				t.Errorf("got a page that is %v pixels wider than the screen", got.Overflow)
			}
			if got.Scripts+got.Links > 0 || got.Pwned {
				t.Errorf("got %d scripts and %d things that lead outside, want none", got.Scripts, got.Links)
			}
			checkPicture(t, picture, int(tc.width), tc.dark)
		})
	}
	if all := said(); len(all) > 0 {
		t.Errorf("the page has %q, want it to be quiet", all)
	}
}

// checkPicture wants something to be seen, on a ground of that brightness.
func checkPicture(t *testing.T, data []byte, width int, dark bool) {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != width || size.Y < 1000 {
		t.Errorf("got a picture of %v, want %d wide and long", size, width)
	}
	ground, inked := inks(picture)
	if inked < 0.05 {
		t.Errorf("got %.1f%% of the picture inked, want it not to be blank", 100*inked)
	}
	if (ground < 0.3) != dark {
		t.Errorf("got a ground of brightness %.2f, dark is %v", ground, dark)
	}
}

// inks is the brightness of the top left corner, and how much of the picture is of
// another colour.
func inks(picture image.Image) (ground, inked float64) {
	size := picture.Bounds().Size()
	at := func(x, y int) [3]uint32 { r, g, b, _ := picture.At(x, y).RGBA(); return [3]uint32{r, g, b} }
	first, n, other := at(0, 0), 0, 0
	for y := 0; y < size.Y; y += 3 {
		for x := 0; x < size.X; x += 3 {
			if n++; at(x, y) != first {
				other++
			}
		}
	}
	return float64(first[0]+first[1]+first[2]) / 3 / 0xffff, float64(other) / float64(n)
}

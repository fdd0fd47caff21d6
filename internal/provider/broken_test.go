package provider

import (
	"context"
	"runtime"
	"strings"
	"testing"
)

// TestAPanicOfAQuestionComesToWhoAsked: so that the program can tell of it.
func TestAPanicOfAQuestionComesToWhoAsked(t *testing.T) {
	bug := func(context.Context) answer { panic("a bug") }
	fine := func(context.Context) answer { return answer{} }
	nested := func(ctx context.Context) answer { return together(ctx, []func(context.Context) answer{fine, bug})[0] }
	defer func() {
		b, ok := recover().(interface{ Panic() (any, []uintptr) })
		if !ok {
			t.Fatal("got no panic that tells where it was")
		}
		why, callers := b.Panic()
		text, frames := "", runtime.CallersFrames(callers)
		for more := true; more; {
			var f runtime.Frame
			f, more = frames.Next()
			text += f.Function + "\n"
		}
		if why != "a bug" || !strings.Contains(text, "TestAPanicOfAQuestionComesToWhoAsked.func1\n") {
			t.Errorf("got %v at\n%swant a bug, and the question among the functions", why, text)
		}
	}()
	together(t.Context(), []func(context.Context) answer{fine, nested})
}

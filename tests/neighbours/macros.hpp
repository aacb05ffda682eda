// SPDX-License-Identifier: Apache-2.0
// What other people's headers define as macros, with values that no code survives. CMakeLists.txt reads the names.
#ifndef NCA_TESTS_NEIGHBOURS_MACROS_HPP
#define NCA_TESTS_NEIGHBOURS_MACROS_HPP

#include <cstddef> // libstdc++ removes min and max with its first header

// X.h, Xlib.h and Xutil.h
#define Above ..
#define AllValues ..
#define Always ..
#define Below ..
#define Bool ..
#define Complex ..
#define ControlMask ..
#define Convex ..
#define CopyFromParent ..
#define CurrentTime ..
#define CursorShape ..
#define DestroyAll ..
#define EvenOddRule ..
#define Expose ..
#define False ..
#define FillSolid ..
#define FocusIn ..
#define FocusOut ..
#define FontChange ..
#define GrayScale ..
#define InputOnly ..
#define KeyPress ..
#define KeyRelease ..
#define LSBFirst ..
#define LineSolid ..
#define MapNotify ..
#define MotionNotify ..
#define Never ..
#define NoSymbol ..
#define Nonconvex ..
#define None ..
#define NotUseful ..
#define PseudoColor ..
#define RectangleIn ..
#define RectangleOut ..
#define ResizeRequest ..
#define ShiftMask ..
#define StaticColor ..
#define StaticGravity ..
#define Status ..
#define Success ..
#define SyncBoth ..
#define True ..
#define TrueColor ..
#define Unsorted ..
#define WhenMapped ..
#define XValue ..
#define YValue ..
#define YXBanded ..
#define ZPixmap ..
#define index(...) ..

// windows.h
#define ABSOLUTE ..
#define BOOL ..
#define CALLBACK ..
#define CONST ..
#define CreateWindow(...) ..
#define DELETE ..
#define DIFFERENCE ..
#define DrawText(...) ..
#define ERROR ..
#define FALSE ..
#define FAR ..
#define GetCurrentTime(...) ..
#define GetMessage ..
#define GetObject ..
#define IGNORE ..
#define IN ..
#define INFINITE ..
#define INTERFACE ..
#define LoadImage ..
#define MAKEWORD(...) ..
#define NEAR ..
#define OPAQUE ..
#define OPTIONAL ..
#define OUT ..
#define PASCAL ..
#define RELATIVE ..
#define STRICT ..
#define SendMessage ..
#define TEXT(...) ..
#define THIS ..
#define TRANSPARENT ..
#define TRUE ..
#define VOID ..
#define WINAPI ..
#define Yield(...) ..
#define ZeroMemory(...) ..
#define cdecl ..
#define far ..
#define grp1 ..
#define hyper ..
#define interface ..
#define max(...) ..
#define min(...) ..
#define near ..
#define pascal ..
#define rad1 ..
#define small ..

// Qt
#define emit ..
#define foreach(...) ..
#define forever ..
#define signals ..
#define slots ..

// curses.h and term.h
#define addch(...) ..
#define attroff(...) ..
#define attron(...) ..
#define bkgd(...) ..
#define border(...) ..
#define box(...) ..
#define clear(...) ..
#define clrtobot(...) ..
#define columns ..
#define delch(...) ..
#define echochar(...) ..
#define erase(...) ..
#define getch(...) ..
#define getyx(...) ..
#define hline(...) ..
#define inch(...) ..
#define insch(...) ..
#define label_format ..
#define lines ..
#define move(...) ..
#define refresh(...) ..
#define scroll(...) ..
#define setscrreg(...) ..
#define standend(...) ..
#define standout(...) ..
#define tab ..
#define timeout(...) ..
#define vline(...) ..
#define xon_xoff ..

// Arduino.h
#define A0 ..
#define A1 ..
#define A2 ..
#define A3 ..
#define B0 ..
#define B00 ..
#define B1 ..
#define B10 ..
#define BIN ..
#define CHANGE ..
#define DEC ..
#define DEFAULT ..
#define DEG_TO_RAD ..
#define DISPLAY ..
#define EULER ..
#define EXTERNAL ..
#define F(...) ..
#define FALLING ..
#define HALF_PI ..
#define HEX ..
#define HIGH ..
#define INPUT ..
#define INTERNAL ..
#define LED_BUILTIN ..
#define LOW ..
#define OCT ..
#define OUTPUT ..
#define PI ..
#define RAD_TO_DEG ..
#define RISING ..
#define SERIAL ..
#define TWO_PI ..
#define abs(...) ..
#define bit(...) ..
#define bitClear(...) ..
#define bitRead(...) ..
#define bitSet(...) ..
#define bitWrite(...) ..
#define constrain(...) ..
#define degrees(...) ..
#define highByte(...) ..
#define interrupts(...) ..
#define lowByte(...) ..
#define noInterrupts(...) ..
#define radians(...) ..
#define round(...) ..
#define sq(...) ..
#define word(...) ..

// complex.h
#define I ..
#define complex ..
#define imaginary ..

// termios.h
#define B110 ..
#define B50 ..
#define CR0 ..
#define CS8 ..
#define ECHO ..
#define FF0 ..
#define NL0 ..
#define TAB0 ..
#define VT0 ..

// sys/sysmacros.h and sys/param.h
#define MAX(...) ..
#define MIN(...) ..
#define howmany(...) ..
#define major(...) ..
#define makedev(...) ..
#define minor(...) ..
#define roundup(...) ..

// AssertMacros.h, Unreal Engine and test frameworks
#define CHECK(...) ..
#define EXPECT(...) ..
#define REQUIRE(...) ..
#define SECTION(...) ..
#define TEST(...) ..
#define check(...) ..
#define check_noerr(...) ..
#define ensure(...) ..
#define require(...) ..
#define require_action(...) ..
#define require_noerr(...) ..
#define verify(...) ..
#define verify_action(...) ..

// GLib, the Linux kernel and their kind
#define ABS(...) ..
#define ARRAY_SIZE(...) ..
#define CLAMP(...) ..
#define always_inline ..
#define container_of(...) ..
#define countof(...) ..
#define likely(...) ..
#define noinline ..
#define swap(...) ..
#define unlikely(...) ..
#define unused ..

// Perl, R and lwIP
#define Copy(...) ..
#define Move(...) ..
#define Zero(...) ..
#define allocVector ..
#define close(...) ..
#define error ..
#define form ..
#define length(...) ..
#define read(...) ..
#define warn ..
#define warning ..
#define write(...) ..

// cpprestsdk
#define U(...) ..

// altivec.h
#define pixel ..
#define vector ..

#endif // NCA_TESTS_NEIGHBOURS_MACROS_HPP

"""How it looks: Fusion with our own palette and style sheet, the shipped font, one accent per frame.

Blue is the normal frame, grey a read-only pack, orange a backup opened for reading, red an incident.
"""

from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from compliance.resources import resource_path
from desktop_app.state import Frame


@dataclass(frozen=True, slots=True)
class Tones:
    """Colours of one frame."""

    rail: str
    rail_on: str
    rail_text: str
    accent: str
    accent_dark: str
    accent_soft: str


FRAMES: dict[Frame, Tones] = {
    Frame.NORMAL: Tones("#11294B", "#1E4177", "#B9C7DD", "#2160C4", "#184B9C", "#E8F0FC"),
    Frame.PACK: Tones("#3A424E", "#535D6C", "#CBD1DA", "#4B5768", "#363F4C", "#ECEFF3"),
    Frame.BACKUP: Tones("#6B3A0B", "#935215", "#F0D9C2", "#B8600F", "#8F4A0A", "#FDF1E5"),
    Frame.INCIDENT: Tones("#5E1620", "#8A2331", "#EFC6CB", "#B3202F", "#8C1824", "#FCEBED"),
}

INK, MUTED, FAINT, LINE, GROUND, CARD = "#1A2433", "#5C6B80", "#8FA0B5", "#DFE5EE", "#F3F6FA", "#FFFFFF"
GREEN, AMBER, RED = "#1B7F4D", "#9A6200", "#B3202F"

#: tone → (ink, ground) of chips and banners
CHIPS: dict[str, tuple[str, str]] = {
    "neutral": ("#43526A", "#EDF1F6"),
    "blue": ("#184B9C", "#E6EFFC"),
    "green": ("#146A40", "#E3F4EB"),
    "amber": ("#8A5700", "#FDF2DC"),
    "red": ("#A11B29", "#FBE7E9"),
    "grey": ("#77849A", "#EEF1F5"),
}


def dress(app: QApplication) -> None:
    """Style, palette and font; the shipped font makes Chinese render on any machine."""
    app.setStyle("Fusion")
    app.setPalette(_palette())
    app.setFont(_font())
    app.setStyleSheet(sheet(Frame.NORMAL))


def sheet(frame: Frame) -> str:
    """The style sheet of one frame."""
    tones = FRAMES[frame]
    text = _SHEET
    names = {
        "RAIL_ON": tones.rail_on,
        "RAIL_TEXT": tones.rail_text,
        "RAIL": tones.rail,
        "ACCENT_DARK": tones.accent_dark,
        "ACCENT_SOFT": tones.accent_soft,
        "ACCENT": tones.accent,
        "INK": INK,
        "MUTED": MUTED,
        "FAINT": FAINT,
        "LINE": LINE,
        "GROUND": GROUND,
        "CARD": CARD,
        "RED": RED,
        "ICONS": resource_path("icons").as_posix(),
    }
    for name, colour in names.items():
        text = text.replace(f"@{name}@", colour)
    return text + _chips()


def _chips() -> str:
    rules = []
    for tone, (ink, ground) in CHIPS.items():
        rules.append(f'QLabel[chip="{tone}"] {{ color: {ink}; background: {ground}; }}')
        rules.append(
            f'QFrame[banner="{tone}"] {{ background: {ground}; border: 1px solid {ground}; border-radius: 8px; }}'
        )
        rules.append(f'QFrame[banner="{tone}"] QLabel {{ color: {ink}; }}')
    return "\n".join(rules)


def _palette() -> QPalette:
    palette = QPalette()
    tones = FRAMES[Frame.NORMAL]
    for role, colour in (
        (QPalette.ColorRole.Window, GROUND),
        (QPalette.ColorRole.Base, CARD),
        (QPalette.ColorRole.AlternateBase, GROUND),
        (QPalette.ColorRole.WindowText, INK),
        (QPalette.ColorRole.Text, INK),
        (QPalette.ColorRole.ButtonText, INK),
        (QPalette.ColorRole.Button, CARD),
        (QPalette.ColorRole.Highlight, tones.accent),
        (QPalette.ColorRole.HighlightedText, "#FFFFFF"),
        (QPalette.ColorRole.PlaceholderText, FAINT),
        (QPalette.ColorRole.ToolTipBase, INK),
        (QPalette.ColorRole.ToolTipText, "#FFFFFF"),
    ):
        palette.setColor(role, QColor(colour))
    return palette


def _font() -> QFont:
    family = ""
    for name in ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"):
        number = QFontDatabase.addApplicationFont(str(resource_path("fonts", name)))
        families = QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
        family = family or (families[0] if families else "")
    font = QFont(family) if family else QFont()
    font.setPixelSize(14)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


_SHEET = """
QWidget { color: @INK@; font-size: 14px; }
QMainWindow, QWidget#ground, QDialog { background: @GROUND@; }
QToolTip { background: @INK@; color: white; border: none; padding: 6px 8px; }
QFrame#frameStrip { background: @ACCENT@; border: none; }
QFrame#rail { background: @RAIL@; border: none; }
QFrame#rail QLabel { color: @RAIL_TEXT@; }
QFrame#rail QLabel#brand { color: white; font-size: 17px; font-weight: bold; }
QFrame#rail QLabel#brandSub { color: @RAIL_TEXT@; font-size: 12px; }
QFrame#rail QToolButton { color: @RAIL_TEXT@; background: transparent; border: none; border-radius: 8px;
  padding: 10px 12px; text-align: left; font-size: 14px; }
QFrame#rail QToolButton:hover { background: @RAIL_ON@; color: white; }
QFrame#rail QToolButton:checked { background: @RAIL_ON@; color: white; font-weight: bold; }
QFrame#rail QToolButton:focus { border: 1px solid @RAIL_TEXT@; }
QFrame#topBar { background: @CARD@; border: none; border-bottom: 1px solid @LINE@; }
QFrame#statusBar { background: @CARD@; border: none; border-top: 1px solid @LINE@; }
QFrame#statusBar QLabel { color: @MUTED@; font-size: 12px; }
QFrame#card, QFrame#tile { background: @CARD@; border: 1px solid @LINE@; border-radius: 10px; }
QFrame#tile:hover { border: 1px solid @ACCENT@; }
QFrame#tile:focus { border: 2px solid @ACCENT@; }
QFrame#pane { background: @CARD@; border: none; border-right: 1px solid @LINE@; }
QFrame#hline { background: @LINE@; border: none; max-height: 1px; min-height: 1px; }
QLabel[kind="title"] { font-size: 20px; font-weight: bold; }
QLabel[kind="display"] { font-size: 26px; font-weight: bold; }
QLabel[kind="heading"] { font-size: 15px; font-weight: bold; }
QLabel[kind="number"] { font-size: 30px; font-weight: bold; }
QLabel[kind="muted"] { color: @MUTED@; }
QLabel[kind="small"] { color: @MUTED@; font-size: 12px; }
QLabel[kind="caption"] { color: @MUTED@; font-size: 12px; font-weight: bold; }
QLabel[kind="error"] { color: @RED@; }
QLabel[kind="stamp"] { color: #8A5700; background: #FFF6E3; border: 1px solid #E3B75C; border-radius: 6px;
  padding: 4px 10px; font-size: 12px; font-weight: bold; }
QLabel[chip] { border-radius: 9px; padding: 2px 9px; font-size: 12px; }
QLabel[masked="true"] { color: @MUTED@; background: #EEF1F5; border-radius: 4px; padding: 1px 7px; }
QPushButton { background: @CARD@; color: @INK@; border: 1px solid #C7D1DF; border-radius: 7px; padding: 7px 15px;
  min-height: 20px; }
QPushButton:hover { border-color: @ACCENT@; color: @ACCENT_DARK@; }
QPushButton:focus { border: 2px solid @ACCENT@; padding: 6px 14px; }
QPushButton:disabled { color: @FAINT@; background: @GROUND@; border-color: @LINE@; }
QPushButton[look="primary"] { background: @ACCENT@; color: white; border: 1px solid @ACCENT@; font-weight: bold; }
QPushButton[look="primary"]:hover { background: @ACCENT_DARK@; color: white; }
QPushButton[look="primary"]:focus { border: 2px solid @INK@; }
QPushButton[look="primary"]:disabled { background: #B9C5D6; border-color: #B9C5D6; color: white; }
QPushButton[look="danger"] { background: @CARD@; color: @RED@; border: 1px solid #E2A9AF; }
QPushButton[look="danger"]:hover { background: #FBE7E9; }
QPushButton[look="link"] { border: none; background: transparent; color: @ACCENT@; padding: 4px 4px; text-align: left; }
QPushButton[look="link"]:hover { color: @ACCENT_DARK@; text-decoration: underline; }
QPushButton[look="chip"] { background: @ACCENT_SOFT@; color: @ACCENT_DARK@; border: 1px solid @ACCENT_SOFT@;
  border-radius: 15px; padding: 5px 14px; font-weight: bold; }
QPushButton[look="chip"]:hover { border-color: @ACCENT@; }
QPushButton[look="chip"]::menu-indicator { subcontrol-position: right center; right: 8px; }
QPushButton[look="more"] { border: none; background: transparent; color: @MUTED@; padding: 0; min-height: 24px;
  max-width: 30px; min-width: 30px; font-weight: bold; }
QPushButton[look="more"]:hover, QPushButton[look="more"]:focus { background: @ACCENT_SOFT@; color: @ACCENT_DARK@; }
QPushButton[look="more"]::menu-indicator { image: none; width: 0; }
QPushButton[look="pick"] { background: @CARD@; color: @MUTED@; border: 1px solid @LINE@; border-radius: 15px;
  padding: 5px 14px; }
QPushButton[look="pick"]:hover { border-color: @ACCENT@; color: @ACCENT_DARK@; }
QPushButton[look="pick"]:checked { background: @ACCENT_SOFT@; color: @ACCENT_DARK@; border-color: @ACCENT@; }
QPushButton[look="pick"]:focus { border: 2px solid @ACCENT@; padding: 4px 13px; }
QPushButton[look="railLink"] { border: none; background: transparent; color: @RAIL_TEXT@; padding: 3px 12px;
  text-align: left; font-size: 12px; min-height: 16px; }
QPushButton[look="railLink"]:hover, QPushButton[look="railLink"]:focus { color: white; }
QPushButton[look="mark"] { border: none; background: transparent; color: @FAINT@; padding: 0; min-height: 18px;
  min-width: 18px; font-weight: bold; }
QPushButton[look="mark"]:hover, QPushButton[look="mark"]:focus { color: @ACCENT@; }
QLineEdit, QComboBox, QDateEdit, QDateTimeEdit, QSpinBox, QPlainTextEdit, QListWidget {
  background: @CARD@; border: 1px solid #C7D1DF; border-radius: 7px; padding: 6px 10px; min-height: 22px;
  selection-background-color: @ACCENT@; }
QLineEdit:focus, QComboBox:focus, QDateEdit:focus, QDateTimeEdit:focus, QSpinBox:focus {
  border: 2px solid @ACCENT@; padding: 5px 9px; }
QLineEdit:disabled, QComboBox:disabled { background: @GROUND@; color: @FAINT@; }
QLineEdit:read-only { background: @GROUND@; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { border: none; padding: 0; min-height: 0; background: transparent; }
QComboBox::drop-down, QDateEdit::drop-down, QDateTimeEdit::drop-down { border: none; width: 28px; }
QComboBox::down-arrow, QDateEdit::down-arrow, QDateTimeEdit::down-arrow { image: url("@ICONS@/chevron_down.svg");
  width: 14px; height: 14px; }
QCalendarWidget QWidget { background: @CARD@; alternate-background-color: @GROUND@; }
QCalendarWidget QToolButton { color: @INK@; border: none; padding: 6px; }
QComboBox QAbstractItemView { background: @CARD@; border: 1px solid @LINE@; outline: none; padding: 4px;
  selection-background-color: @ACCENT_SOFT@; selection-color: @INK@; }
QMenu { background: @CARD@; border: 1px solid @LINE@; padding: 6px; }
QMenu::item { padding: 7px 26px 7px 14px; border-radius: 6px; }
QMenu::item:selected { background: @ACCENT_SOFT@; color: @INK@; }
QTableView, QListView { background: @CARD@; border: 1px solid @LINE@; border-radius: 10px; outline: none;
  gridline-color: @LINE@; selection-background-color: @ACCENT_SOFT@; selection-color: @INK@; }
QTableView:focus { border: 1px solid @ACCENT@; }
QListWidget[look="side"] { background: transparent; border: none; padding: 0; outline: none; }
QListWidget[look="side"]::item { color: @INK@; border-radius: 7px; padding: 0 10px; }
QListWidget[look="side"]::item:disabled { color: @MUTED@; padding: 0 10px 5px 10px; }
QListWidget[look="side"]::item:hover:!disabled { background: #E9EEF5; }
QListWidget[look="side"]::item:selected { background: @ACCENT_SOFT@; color: @ACCENT_DARK@; border: none; }
QListWidget[look="side"]::item:selected:focus { border: 1px solid @ACCENT@; }
QTableView#peopleList { border: none; border-radius: 0; }
QTableView#peopleList::item { padding: 0; border: none; }
QTableView::item { padding: 0 10px; border: none; border-bottom: 1px solid #EDF1F6; }
QTableView::item:selected { background: @ACCENT_SOFT@; color: @INK@; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: #F8FAFC; color: @MUTED@; border: none; border-bottom: 1px solid @LINE@;
  padding: 8px 13px; font-size: 12px; font-weight: bold; }
QTableCornerButton::section { background: #F8FAFC; border: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollArea { border: none; background: transparent; }
QScrollArea#pageArea, QLabel#checkImage { background: #E9EEF5; border-radius: 6px; }
QTextBrowser { background: @CARD@; border: 1px solid @LINE@; border-radius: 10px; padding: 10px; }
QScrollArea > QWidget > QWidget#cardInside { background: @CARD@; }
QScrollArea > QWidget > QWidget#ground { background: @GROUND@; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar::handle:vertical { background: #C6CFDC; border-radius: 3px; min-height: 36px; }
QScrollBar::handle:vertical:hover { background: @FAINT@; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle:horizontal { background: #C6CFDC; border-radius: 3px; min-width: 36px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QTabBar::tab { background: transparent; color: @MUTED@; padding: 10px 4px; margin-right: 18px;
  border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @ACCENT_DARK@; border-bottom: 2px solid @ACCENT@; font-weight: bold; }
QTabBar::tab:focus { color: @ACCENT_DARK@; }
QTabWidget::pane { border: none; }
QTabBar { qproperty-drawBase: 0; }
QTabBar::scroller { width: 44px; }
QTabBar QToolButton { background: @CARD@; border: 1px solid @LINE@; border-radius: 6px; margin: 7px 1px; }
QTabBar QToolButton:disabled { background: transparent; border-color: transparent; }
QTabBar::tear { width: 0; border: none; image: none; }
QProgressBar { border: none; background: #E4EAF2; border-radius: 4px; max-height: 8px; min-height: 8px; }
QProgressBar::chunk { background: @ACCENT@; border-radius: 4px; }
QCheckBox, QRadioButton { spacing: 9px; padding: 3px 0; }
QFrame#drop { background: @CARD@; border: 2px dashed #B9C7DA; border-radius: 12px; }
QFrame#drop[over="true"] { border-color: @ACCENT@; background: @ACCENT_SOFT@; }
"""

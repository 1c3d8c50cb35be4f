"""What the recogniser listens for: the commands as a JSGF grammar (https://www.w3.org/TR/jsgf/).

Everything it accepts, ``intents.parse`` understands; typed words may be freer. Words must be in the CMU dictionary.
"""

GRAMMAR = """#JSGF V1.0;
grammar offline;
public <command> = [<please>] <request> [please] | <remark>;
<please> = please | (can | could) you [please];
<request> = <time> | <date> | <timer> | <timers> | <cancel> | <sum> | <units> | <note> | <notes> | <forget>
  | <repeat> | <help>;
<remark> = <hello> | goodbye | bye [bye] | see you | (thank you | thanks) [very much | a lot] | yes [please]
  | no [thanks | thank you] | okay | stop [please] | cancel [that] | never mind | be quiet;
<hello> = hello [there] | hi [there] | hey [there] | good (morning | afternoon | evening);

<time> = what time is it [now] | (what is | what's) the time [now] | tell me the time;
<date> = what day is (it [today] | today) | (what is | what's) (the date [today] | today's date)
  | what date is it [today] | tell me the date;

<timer> = (set | start) a timer [for <duration>]
  | (set | start) a <under_hundred> (second | minute | hour) timer | [for] <duration>;
<duration> = <span> [and <span>] | <under_hundred> and a half (minutes | hours) | half an hour | half a minute
  | a minute and a half | an hour and a half;
<span> = (a | one) (second | minute) | (an | one) hour | <under_hundred> (seconds | minutes | hours);
<timers> = how many timers (are there | are set | are running | do i have)
  | (what | which) timers (are set | are running | do i have) | list [my] timers
  | how (long | much time) is left [on (the | my) timer] | check (the | my) (timer | timers);
<cancel> = (cancel | stop | delete | clear) (the | my | all | all my | all the) (timer | timers);

<sum> = [what is | what's | how much is | calculate] <sum_of>;
<sum_of> = <number> <operator> <number> | <number> percent of <number> | [the] square root of <number>
  | <number> squared;
<operator> = plus | minus | times | multiplied by | divided by;

<units> = convert <number> <unit> (to | into | in) <unit> | (what is | what's | how much is) <number> <unit> in <unit>
  | how many <unit> (are in | are | is | in) (<number> | a | an) <unit>;
<unit> = mile | miles | kilometer | kilometers | meter | meters | yard | yards | foot | feet | inch | inches
  | centimeter | centimeters | millimeters | pound | pounds | kilogram | kilograms | kilos | ounce | ounces
  | gram | grams | [degrees] (celsius | fahrenheit) | liter | liters | gallon | gallons | pints;

<note> = (take | make | write | add) a note;
<notes> = (read | tell | show) [me] my notes | (what are | what's in) my notes | list my notes;
<forget> = (delete | clear | erase) [all] my notes;
<repeat> = repeat that | say that again | what did you say | say it again | pardon [me];
<help> = help [me] | what can you do | what can i (say | ask you) | what do you do | who are you | what are you;

<digit> = one | two | three | four | five | six | seven | eight | nine;
<teen> = ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen;
<tens> = twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety;
<under_hundred> = <digit> | <teen> | <tens> [<digit>];
<under_thousand> = <under_hundred> | (<digit> | a) hundred [[and] <under_hundred>];
<number> = zero | [minus] <under_thousand> [point <decimal> [<decimal>]] | (<digit> | a) thousand;
<decimal> = zero | oh | <digit>;
"""
